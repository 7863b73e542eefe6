import type { ExecutionEvent, StreamFrame } from '../schemas/event.ts';
import type { Execution, ExecutionSummary, StepDetail } from '../schemas/execution.ts';
import type { LogEntry } from '../schemas/log.ts';

/** A frame of a stream whose snapshots are whole. */
export type WholeFrame = { snapshot: Execution } | ExecutionEvent[] | { log: LogEntry };

/**
 * Joins the parts of snapshots among the frames of one connection. The function answers each frame as it is, null for
 * a part with more to come, and the whole snapshot for the last part. Throws when something else comes in between.
 *
 * @example
 * const join = createSnapshotJoiner();
 * socket.onmessage = ({ data }) => {
 *   const frame = join(JSON.parse(data));
 *   if (frame !== null) take(frame);
 * };
 */
export function createSnapshotJoiner(): (frame: StreamFrame) => WholeFrame | null {
  let begun: { summary: ExecutionSummary; total: number; steps: StepDetail[] } | null = null;

  function whole(): WholeFrame | null {
    if (begun === null || begun.steps.length < begun.total) return null;
    const { summary, steps, total } = begun;
    if (steps.length > total) throw new Error(`a snapshot of ${total} steps came with ${steps.length}`);
    begun = null;
    return { snapshot: { ...summary, step_details: steps } };
  }

  return (frame) => {
    if ('steps_total' in frame) {
      begun = { summary: frame.snapshot, total: frame.steps_total, steps: [] };
      return whole();
    }
    if ('snapshot_steps' in frame) {
      if (begun === null) throw new Error('steps came without the snapshot that they belong to');
      begun.steps.push(...frame.snapshot_steps);
      return whole();
    }
    if ('snapshot' in frame) begun = null;
    else if (begun !== null) throw new Error('something else came before the snapshot was whole');
    return frame;
  };
}
