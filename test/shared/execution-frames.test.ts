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
import type { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../shared/schemas/execution-status.ts';
import { accepted, at, completed, header, jumbled } from './execution-run.ts';

/** Small, so that executions of a few steps need several frames; the largest event and the largest header fit. */
const LIMIT = 4_000;

const bytes = (text: string) => new TextEncoder().encode(text).length;

const step = (id: string) => ({ id, plugin: 'core', operation: 'echo' });

/** The input with its outputs made larger. */
function swell(input: Input, size: number): Input {
  const text = '語'.repeat(Math.floor(size / 3));
  const grow = <T extends { output: unknown; error: unknown }>(result: T): T =>
    result.output === null ? result : { ...result, output: { text } };
  if (input.type === 'step_ended') return { ...input, result: grow(input.result) };
  return input.type === 'result' ? { ...input, steps: input.steps.map(grow) } : input;
}

describe('frames', () => {
  it('of any execution keep to their limit; each leaves a state right in itself, and all give what GET answers', () => {
    const seen = { cuts: 0, parts: 0 };
    fc.assert(
      fc.property(jumbled, fc.constantFrom(0, 300, 900), fc.constantFrom(1, 20, 200), (run, size, batch) => {
        const { story, order } = run;
        const state = accepted(story);
        let viewer = renderExecution(state);
        for (let i = 0; i < order.length; i += batch) {
          const inputs = order.slice(i, i + batch).map((input) => swell(input, size));
          const frames = toFrames(advance(state, inputs, at(1_000 + i)), { limit: LIMIT });
          seen.cuts += Math.max(0, frames.length - 1);
          for (const { text, last_seq } of frames) {
            expect(bytes(text)).toBeLessThanOrEqual(LIMIT);
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
        const parts = [...snapshotFrames(renderExecution(state), LIMIT)];
        seen.parts += parts.length - 1;
        for (const { text } of parts) expect(bytes(text)).toBeLessThanOrEqual(LIMIT);
        const joined = parts.map(({ text }) => join(JSON.parse(text)));
        expect(joined.slice(0, -1).every((frame) => frame === null)).toBe(true);
        expect(joined.at(-1)).toEqual({ snapshot: renderExecution(state) });
      }),
      { numRuns: 300 },
    );
    expect(seen.cuts).toBeGreaterThan(10);
    expect(seen.parts).toBeGreaterThan(10);
  }, 30_000);

  it('hold the largest events that there can be: errors, artifacts and running steps up to their bounds', () => {
    const ids = Array.from({ length: 600 }, (_, n) => `${n}`.padEnd(128, 's'));
    const head = { ...header(ids.map(() => [])), steps: ids.map((id) => ({ ...step(id), depends_on: [] })) };
    const state = accepted({ header: head });
    const viewers = [renderExecution(state)];
    const seen = { largest: 0, running: 0 };
    function take(...inputs: Input[]) {
      for (const { text } of toFrames(advance(state, inputs, at(1_000)))) {
        seen.largest = Math.max(seen.largest, bytes(text));
        viewers.push(foldAll(viewers.pop() as Execution, JSON.parse(text)));
        seen.running = Math.max(seen.running, bytes(JSON.stringify(viewers.at(-1)?.current_steps)));
      }
      expect(viewers.at(-1)).toEqual(renderExecution(state));
    }
    take({ type: 'execution_started', at: at(1) });
    take(...ids.map((step_id): Input => ({ type: 'step_started', step_id, try: 1, at: at(2) })));
    const message = 'm'.repeat(LIMITS.updateBytes - 1_000);
    const error = { code: 'BOOM', message, retryable: true };
    const artifacts = Array.from({ length: 100 }, (_, n) => `${n}`.padEnd(LIMITS.artifactUriBytes, 'u'));
    for (const id of ids.slice(0, 3)) {
      take({ type: 'step_try_failed', step_id: id, try: 1, started_at: at(2), at: at(3), error });
      const failed = { ...completed(id, 2, 4, 5), status: 'failed', output: null, error, artifacts } as const;
      take({ type: 'step_ended', result: { ...failed, artifact_count: 1_000 } });
    }
    const end = { status: 'failed', started_at: at(1), completed_at: at(9), page: 0, pages: 1 } as const;
    take({ type: 'result', ...end, error: { code: 'BOOM', message, step_id: null }, steps: [] });
    expect(seen.running).toBeGreaterThan(LIMITS.currentStepsBytes - 200);
    expect(seen.largest).toBeGreaterThan(LIMITS.frameBytes / 2);
    expect(seen.largest).toBeLessThanOrEqual(LIMITS.frameBytes);
  });

  it('that were cut tell what changed after the last event too', () => {
    const state = accepted({ header: header([[], [], []]) });
    const before = renderExecution(state);
    const ended = (id: string): Input => ({ type: 'step_ended', result: completed(id, 1, 6, 7) });
    const inputs: Input[] = [
      swell(ended('s0'), 900),
      swell(ended('s1'), 900),
      { type: 'execution_started', at: at(5) },
      ended('s2'),
      // The earlier time counts, and makes no event.
      { type: 'execution_started', at: at(2) },
    ];
    const frames = toFrames(advance(state, inputs, at(10)), { limit: LIMIT });
    expect(frames.length).toBeGreaterThan(1);
    const told = frames.reduce((execution, { text }) => foldAll(execution, JSON.parse(text)), before);
    expect(told).toEqual(renderExecution(state));
    expect(told.started_at).toBe(at(2));
  });
});
