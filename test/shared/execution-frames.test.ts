import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFrames } from '../../edge/durable/execution/frames.ts';
import { snapshotFrames } from '../../edge/durable/execution/snapshot-frames.ts';
import { advance } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import { foldAll } from '../../shared/domain/fold.ts';
import { createSnapshotJoiner } from '../../shared/domain/join-snapshot.ts';
import { LIMITS } from '../../shared/limits.ts';
import { isTerminalExecution } from '../../shared/schemas/execution-status.ts';
import { accepted, at, jumbled } from './execution-run.ts';

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** The input with its outputs and errors made as large as an update may be. */
function swell(input: Input, size: number): Input {
  const text = '語'.repeat(Math.floor(size / 3));
  const grow = <T extends { output: unknown; error: unknown }>(result: T): T =>
    result.output === null ? result : { ...result, output: { text } };
  if (input.type === 'step_ended') return { ...input, result: grow(input.result) };
  return input.type === 'result' ? { ...input, steps: input.steps.map(grow) } : input;
}

describe('frames', () => {
  it('of any execution are at most 512 KiB, and joined and folded they give what GET answers', () => {
    fc.assert(
      fc.property(jumbled, fc.constantFrom(0, 20_000, 60_000), fc.constantFrom(1, 7, 200), (run, size, cut) => {
        const { story, order } = run;
        const state = accepted(story);
        let viewer = renderExecution(state);
        for (let i = 0; i < order.length; i += cut) {
          const inputs = order.slice(i, i + cut).map((input) => swell(input, size));
          const frames = toFrames(advance(state, inputs, at(1_000 + i)));
          for (const { text, last_seq } of frames) {
            expect(bytes(text)).toBeLessThanOrEqual(LIMITS.frameBytes);
            viewer = foldAll(viewer, JSON.parse(text));
            expect(viewer.seq).toBe(last_seq);
            const done = viewer.step_details.filter(({ status }) => status === 'completed').length;
            expect(viewer.progress.completed_steps).toBe(done);
            const running = viewer.step_details.filter(({ status }) => status === 'running').map(({ id }) => id);
            expect(viewer.current_steps).toEqual(isTerminalExecution(viewer.status) ? [] : running);
          }
          expect(viewer).toEqual(renderExecution(state));
        }
        const join = createSnapshotJoiner();
        const parts = [...snapshotFrames(renderExecution(state))];
        for (const { text } of parts) expect(bytes(text)).toBeLessThanOrEqual(LIMITS.frameBytes);
        const joined = parts.map(({ text }) => join(JSON.parse(text)));
        expect(joined.slice(0, -1).every((frame) => frame === null)).toBe(true);
        expect(joined.at(-1)).toEqual({ snapshot: renderExecution(state) });
      }),
      { numRuns: 100 },
    );
  });
});
