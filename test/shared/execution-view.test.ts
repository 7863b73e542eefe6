import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import { Execution } from '../../shared/schemas/execution.ts';
import { Update } from '../../shared/schemas/update.ts';
import { accepted, at, completed, header, NOW, play, run } from './execution-run.ts';

describe('the view', () => {
  it('has the form of the schema at every moment', () => {
    fc.assert(
      fc.property(run, (story) => {
        const state = accepted(story);
        for (const update of story.updates) {
          expect(Update.parse(update)).toEqual(update);
          advance(state, [update], NOW);
          expect(Execution.parse(renderExecution(state))).toEqual(renderExecution(state));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('moves the estimated completion by the time that the execution waited', () => {
    const state = accepted({ header: header([[]]) });
    expect(renderExecution(state).estimated_completion).toBe(at(60_000));
    const { events } = advance(state, [{ type: 'execution_started', at: at(7_000) }], NOW);
    expect(events.map((event) => event.data.patch.execution?.estimated_completion)).toEqual([at(67_000)]);
    expect(renderExecution(state).estimated_completion).toBe(at(67_000));
  });

  it('names the first running step, else the first that is ready', () => {
    const three = { header: header([[], [0], [0]]) };
    const begun: Input[] = [{ type: 'execution_started', at: at(1) }];
    expect(renderExecution(play(three, [])).current_step).toBe(null);
    expect(renderExecution(play(three, begun)).current_step).toBe('s0');
    const done: Input[] = [...begun, { type: 'step_ended', result: completed('s0', 1, 2, 3) }];
    expect(renderExecution(play(three, done)).current_step).toBe('s1');
    const third = play(three, [...done, { type: 'step_started', step_id: 's2', try: 1, at: at(4) }]);
    expect(renderExecution(third)).toMatchObject({ current_step: 's2', current_steps: ['s2'] });
  });

  it('shows why a queued execution waits until it starts', () => {
    const waiting = play({ header: header([[]]) }, [
      { type: 'start_delayed', reason: 'engine_down', detail: 'no answer', at: at(1) },
    ]);
    expect(renderExecution(waiting).waiting_for).toEqual({ reason: 'engine_down', detail: 'no answer' });
    advance(waiting, [{ type: 'execution_started', at: at(2) }], NOW);
    expect(renderExecution(waiting)).toMatchObject({ status: 'running', waiting_for: null });
  });
});
