import type { ExpressionContext } from '../../shared/domain/expression-context.ts';
import type { RunContext } from '../../shared/schemas/command.ts';
import type { PlanStep, StepSpec } from '../../shared/schemas/plan.ts';
import type { StepInput } from '../activities/contract.ts';
import type { IsUpstream } from './ancestors.ts';
import { jsonBytes } from './json-size.ts';
import type { StepRecord } from './step-record.ts';

export interface StepInputs {
  /** Everything that the activities of a step need, and about how many bytes of history it takes. */
  of(step: PlanStep, tryNumber: number): { input: StepInput; bytes: number };
}

/** A step that a config names; the execution's id may be an expression. */
const WRITTEN_URI = /artifact:\/\/[^/]+\/([^/]+)\//g;

/** Of an input without config and without what expressions read. */
const FIXED_BYTES = 1_000;

/**
 * What every step would carry again (parameters, names, times) is left out where no expression can read it: it is the
 * larger part of what a fan-out writes into history.
 *
 * @param counting of all steps, see StepInput; it grows while the execution runs. A step is told of those that it can name:
 * itself, what is upstream of it, and whatever its config writes out.
 * @param specs null when the plan is too large for history: then the activities read the specs from the edge.
 */
export function createStepInputs(
  { execution, workflow, parameters }: RunContext,
  specs: Record<string, StepSpec> | null,
  record: (stepId: string) => StepRecord | undefined,
  counting: { readonly unusual: Readonly<Record<string, number>>; isUpstream: IsUpstream },
): StepInputs {
  const { id, name, attempt } = execution;
  const identity = { id, name, attempt, workflow_id: workflow.id };
  const contextBytes = jsonBytes({ parameters, execution, workflow });

  function readsOf({ refs }: PlanStep): { reads: ExpressionContext; bytes: number } {
    const steps: ExpressionContext['steps'] = {};
    let bytes = contextBytes;
    for (const id of refs) {
      const result = record(id)?.result;
      if (!result) continue;
      steps[id] = { status: result.status, output: result.output };
      bytes += jsonBytes(steps[id]);
    }
    return { reads: { parameters, execution, workflow, steps }, bytes };
  }

  function countingOf(step: string, specText: string): Record<string, number> {
    const written = new Set(Array.from(specText.matchAll(WRITTEN_URI), ([, named]) => named));
    const known = Object.entries(counting.unusual);
    return Object.fromEntries(known.filter(([id]) => id === step || written.has(id) || counting.isUpstream(step, id)));
  }

  return {
    of(plan, tryNumber) {
      const spec = specs?.[plan.id] ?? null;
      const specText = JSON.stringify(spec);
      const { reads, bytes } = spec === null || specText.includes('${{') ? readsOf(plan) : { reads: null, bytes: 0 };
      // Any expression may make a URI.
      const named = reads !== null || specText.includes('artifact://') ? countingOf(plan.id, specText) : {};
      const counted = Object.keys(named).length > 0 && named;
      const { failed = 0, handle = null } = record(plan.id) ?? {};
      const step = { id: plan.id, plugin: plan.plugin, operation: plan.operation, timeout_ms: plan.timeout_ms };
      return {
        input: {
          execution: identity,
          step,
          spec,
          reads,
          try: tryNumber,
          ...(failed > 0 && { failed }),
          ...(handle !== null && { handle }),
          ...(counted && { counting: counted }),
        },
        bytes: FIXED_BYTES + specText.length + bytes + (counted ? jsonBytes(counted) : 0),
      };
    },
  };
}
