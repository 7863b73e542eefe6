import type { ExecutionEvent } from '../schemas/event.ts';
import type { Execution } from '../schemas/execution.ts';

/**
 * The execution after `event`. Fields of the patch replace fields of the execution whole. Events that the execution
 * already contains (`event.seq <= execution.seq`) change nothing, so an overlap of snapshot and stream does no harm.
 * Folding all events after a snapshot gives what GET answers at that seq.
 */
export function fold(execution: Execution, event: ExecutionEvent): Execution {
  return foldAll(execution, [event]);
}

/** `fold` over a whole frame: steps are copied once. */
export function foldAll(execution: Execution, events: readonly ExecutionEvent[]): Execution {
  const fresh = events.filter((event) => event.seq > execution.seq);
  const last = fresh.at(-1);
  if (!last) return execution;
  const next: Execution = { ...execution };
  const position = new Map(execution.step_details.map((step, i) => [step.id, i]));
  const steps = [...execution.step_details];
  for (const { data } of fresh) {
    Object.assign(next, data.patch.execution);
    for (const [id, fields] of Object.entries(data.patch.steps ?? {})) {
      const at = position.get(id);
      const step = at === undefined ? undefined : steps[at];
      if (at !== undefined && step) steps[at] = { ...step, ...fields };
    }
  }
  return { ...next, seq: last.seq, step_details: steps };
}
