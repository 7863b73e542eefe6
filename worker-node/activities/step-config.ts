import type { Expressions } from '../../shared/domain/expressions.ts';
import { isOutputRef } from '../../shared/domain/output-ref.ts';
import { summarizeViolations, toViolations } from '../../shared/domain/violations.ts';
import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { JsonObject, JsonValue } from '../../shared/schemas/json.ts';
import type { Plan, StepSpec } from '../../shared/schemas/plan.ts';
import { type Operation, PluginError } from '../plugins/define-plugin.ts';
import type { StepInput } from './contract.ts';
import type { EdgeStore } from './deps.ts';
import { whileEdgeIsAway } from './edge-retry.ts';
import { createRecent } from './recent.ts';

/** Works out what a step is to do. All of it waits while the edge is away, until the signal is aborted. */
export interface StepConfigs {
  spec(input: StepInput, signal: AbortSignal): Promise<StepSpec>;
  plan(executionId: string, attempt: number, signal: AbortSignal): Promise<Plan>;
  /** The config with its expressions resolved, as the operation's schema gives it. Throws PluginError INVALID_CONFIG. */
  config(input: StepInput, spec: StepSpec, operation: Operation, signal: AbortSignal): Promise<unknown>;
}

/** A plan may have some megabytes; outputs that are kept, at most two. */
const PLANS_KEPT = 8;
const OUTPUTS_KEPT = 16;
const KEPT_OUTPUT_BYTES = 2 * 1024 * 1024;

export function createStepConfigs(
  edge: Pick<EdgeStore, 'getOutput' | 'getPlan'>,
  expressions: Expressions,
): StepConfigs {
  const plans = createRecent<Plan>(PLANS_KEPT);
  const outputs = createRecent<JsonValue>(OUTPUTS_KEPT);

  function plan(executionId: string, attempt: number, signal: AbortSignal): Promise<Plan> {
    const load = () => edge.getPlan(executionId, attempt);
    return whileEdgeIsAway(() => plans.get(engineWorkflowId(executionId, attempt), load), signal);
  }

  async function value(executionId: string, output: JsonValue, signal: AbortSignal): Promise<JsonValue> {
    if (!isOutputRef(output, executionId)) return output;
    const load = () => edge.getOutput(output);
    return whileEdgeIsAway(() => (output.size > KEPT_OUTPUT_BYTES ? load() : outputs.get(output.$ref, load)), signal);
  }

  async function resolve(
    { execution, reads }: StepInput,
    config: JsonObject,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    if (reads === null || !expressions.hasExpressions(config)) return config;
    const read = Object.entries(reads.steps).map(
      async ([id, { status, output }]) => [id, { status, output: await value(execution.id, output, signal) }] as const,
    );
    return expressions.resolve(config, { ...reads, steps: Object.fromEntries(await Promise.all(read)) });
  }

  return {
    plan,
    async spec({ execution, step, spec }, signal) {
      if (spec) return spec;
      const found = (await plan(execution.id, execution.attempt, signal)).specs[step.id];
      if (found) return found;
      throw invalidConfig(`The plan of the execution has no step "${step.id}".`);
    },
    async config(input, spec, operation, signal) {
      const resolved = await resolve(input, spec.config, signal);
      const parsed = operation.config.safeParse(resolved);
      if (parsed.success) return parsed.data;
      const { issues } = parsed.error;
      throw invalidConfig(summarizeViolations(toViolations({ issues, value: resolved }, operation.config, 'config')));
    },
  };
}

const invalidConfig = (message: string) => new PluginError({ code: 'INVALID_CONFIG', message, retryable: false });
