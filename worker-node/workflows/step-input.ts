import type { RunContext } from '../../shared/schemas/command.ts';
import type { PlanStep, StepSpec } from '../../shared/schemas/plan.ts';
import type { StepInput } from '../activities/contract.ts';
import { jsonBytes } from './json-size.ts';
import type { StepRecord } from './step-record.ts';

export interface StepInputs {
  /** Everything that the activities of a step need, and about how many bytes of history it takes. */
  of(step: PlanStep, tryNumber: number): { input: StepInput; bytes: number };
}

/** @param specs null when the plan is too large for history: then the activities read the specs from the edge. */
export function createStepInputs(
  context: RunContext,
  specs: Record<string, StepSpec> | null,
  record: (stepId: string) => StepRecord | undefined,
): StepInputs {
  const withoutParameters: RunContext = { ...context, parameters: {} };
  const contextBytes = jsonBytes(withoutParameters) + 500;
  const parameterBytes = jsonBytes(context.parameters);

  return {
    of(step, tryNumber) {
      const spec = specs?.[step.id] ?? null;
      const specText = JSON.stringify(spec);
      const readsParameters = spec === null || specText.includes('${{');
      const steps: StepInput['steps'] = {};
      let bytes = contextBytes + specText.length + (readsParameters ? parameterBytes : 0);
      for (const id of step.refs) {
        const result = record(id)?.result;
        if (!result) continue;
        steps[id] = { status: result.status, output: result.output };
        bytes += jsonBytes(steps[id]);
      }
      const input = {
        context: readsParameters ? context : withoutParameters,
        step: { id: step.id, plugin: step.plugin, operation: step.operation, timeout_ms: step.timeout_ms },
        spec,
        steps,
        try: tryNumber,
      };
      return { input, bytes };
    },
  };
}
