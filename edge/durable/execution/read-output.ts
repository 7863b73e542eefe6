import { isOutputRef } from '../../../shared/domain/output-ref.ts';
import type { OutputAnswer } from '../execution-api.ts';
import type { OutputStore } from '../output-store.ts';
import type { LiveExecution } from './live-execution.ts';

/** A step's output, from the state or from where its reference points. */
export async function readOutput(live: LiveExecution, outputs: OutputStore, stepId: string): Promise<OutputAnswer> {
  const { index, steps, header } = live.state();
  if (!index.has(stepId)) return 'unknown_step';
  const output = steps.get(stepId)?.result?.output ?? null;
  if (output === null) return 'no_output';
  if (!isOutputRef(output, header.execution_id)) return { json: new TextEncoder().encode(JSON.stringify(output)) };
  const stored = await outputs.open(live.meta.workspace_id, output.$ref);
  return stored ? { json: await stored.bytes() } : 'no_output';
}
