import { utf8Bytes } from '../../../shared/domain/utf8-bytes.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { FRAME_TEXT_BYTES } from './frames.ts';

/** One frame of a snapshot; the last one makes it whole. */
export interface SnapshotFrame {
  kind: 'snapshot' | 'snapshot_steps';
  last: boolean;
  text: string;
}

/** For what stands around header and steps. */
const AROUND_BYTES = 64;

/**
 * An execution as a viewer is told it: one frame if it fits into one, else a frame without its steps, then its steps in
 * frames. Each frame is made when it is asked for, and each step is serialised once.
 *
 * @param limit bytes that a frame's JSON may have
 */
export function* snapshotFrames(
  { step_details, ...summary }: Execution,
  limit = FRAME_TEXT_BYTES,
): Generator<SnapshotFrame, void, void> {
  const header = JSON.stringify(summary);
  let room = limit - AROUND_BYTES - utf8Bytes(header);
  let inParts = false;
  let steps: string[] = [];
  for (const step of step_details) {
    const text = JSON.stringify(step);
    const bytes = utf8Bytes(text) + 1;
    if (bytes > room && !inParts) {
      inParts = true;
      yield { kind: 'snapshot', last: false, text: `{"snapshot":${header},"steps_total":${step_details.length}}` };
      room += utf8Bytes(header);
    }
    if (bytes > room && steps.length > 0) {
      yield { kind: 'snapshot_steps', last: false, text: stepsText(steps) };
      steps = [];
      room = limit - AROUND_BYTES;
    }
    steps.push(text);
    room -= bytes;
  }
  yield inParts
    ? { kind: 'snapshot_steps', last: true, text: stepsText(steps) }
    : { kind: 'snapshot', last: true, text: `{"snapshot":${header.slice(0, -1)},"step_details":[${steps.join()}]}}` };
}

const stepsText = (steps: readonly string[]): string => `{"snapshot_steps":[${steps.join()}]}`;
