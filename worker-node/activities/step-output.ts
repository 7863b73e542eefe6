import { type JsonProblem, jsonProblem } from '../../shared/domain/json-problem.ts';
import { nestsDeeper } from '../../shared/domain/nests-deeper.ts';
import { isOutputRef } from '../../shared/domain/output-ref.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import { PluginError } from '../plugins/define-plugin.ts';
import type { RunStepInput, StepSuccess } from './contract.ts';
import type { EdgeStore } from './deps.ts';
import { whileEdgeIsAway } from './edge-retry.ts';

/** What an operation answered, as history takes it: small values as they are, larger ones as a reference to where they are stored. */
export async function storeOutput(
  edge: Pick<EdgeStore, 'putOutput'>,
  { execution, step, try: number, inline_bytes }: RunStepInput,
  answer: JsonValue | undefined,
  signal: AbortSignal,
): Promise<Pick<StepSuccess, 'output' | 'inline_bytes'>> {
  const output = answer ?? null;
  const json = toJson(output);
  if (nestsDeeper(output, LIMITS.jsonDepth)) {
    const message = `The output is nested over ${LIMITS.jsonDepth} levels deep. Flatten it, or store it as an artifact.`;
    throw new PluginError({ code: 'OUTPUT_TOO_DEEP', message, retryable: false });
  }
  const problem = jsonProblem(output);
  if (problem) throw invalidOutput(problem);
  const bytes = Buffer.byteLength(json);
  // As it is, it would be taken for a reference.
  const misleading = isOutputRef(output, execution.id);
  if (bytes <= inline_bytes && !misleading) return { output, inline_bytes: bytes };
  if (bytes > LIMITS.outputBytes) {
    const message = `The output has ${bytes} bytes as JSON; the limit is ${LIMITS.outputBytes}. Store large data as an artifact.`;
    throw new PluginError({ code: 'OUTPUT_TOO_LARGE', message, retryable: false });
  }
  const key = { executionId: execution.id, attempt: execution.attempt, stepId: step.id, try: number };
  return { output: { ...(await whileEdgeIsAway(() => edge.putOutput(key, json), signal)) }, inline_bytes: 0 };
}

function toJson(output: JsonValue): string {
  try {
    // What has no text at all (a function, a symbol) is found by jsonProblem.
    return JSON.stringify(output) ?? 'null';
  } catch (cause) {
    const problem = nestsDeeper(output, LIMITS.jsonDepth) ? null : jsonProblem(output);
    throw invalidOutput(problem ?? { path: '', reason: cause instanceof Error ? cause.message : String(cause) }, cause);
  }
}

/** The operation would answer the same again. */
function invalidOutput({ path, reason }: JsonProblem, cause?: unknown): PluginError {
  const message = `The output cannot be stored as JSON: ${path === '' ? '' : `at ${path}: `}${reason}`;
  return new PluginError({ code: 'INVALID_OUTPUT', message, retryable: false }, { cause });
}
