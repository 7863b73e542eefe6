import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { type ExecutionState, restoreState } from '../../shared/domain/execution-state.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalStep } from '../../shared/schemas/execution-status.ts';
import type { Update } from '../../shared/schemas/update.ts';
import { accepted, at, completed, header, jumbled, NOW, play, run } from './execution-run.ts';

/** What must not depend on the order of arrival. */
function converged(state: ExecutionState): Omit<Execution, 'seq' | 'updated_at'> {
  const { seq: _seq, updated_at: _updated, ...view } = renderExecution(state);
  return view;
}

describe('apply', () => {
  it('converges for permuted and duplicated updates', () => {
    fc.assert(
      fc.property(jumbled, ({ story, told, order }) => {
        expect(converged(play(story, order))).toEqual(converged(play(story, told)));
      }),
      { numRuns: 500 },
    );
  });

  it('converges wherever a stop and a delayed start come in between, before the end', () => {
    const stop = { reason: 'enough', graceful: true, cleanup_resources: true, save_partial_results: false };
    const between: Input[] = [
      { type: 'stop_requested', stop },
      { type: 'stop_requested', stop: { ...stop, graceful: false } },
      { type: 'start_delayed', reason: 'engine_down', detail: 'no answer', at: at(1) },
    ];
    const stories = run.chain((story) => {
      const results = story.updates.flatMap((update): Update[] =>
        update.type === 'result' ? [{ ...update, status: 'stopped' }] : [],
      );
      const told = [...story.updates.filter(({ type }) => type !== 'result'), ...between];
      const all = { minLength: told.length * 2, maxLength: told.length * 2 };
      return fc.tuple(fc.constant({ story, told, results }), fc.shuffledSubarray([...told, ...told], all));
    });
    fc.assert(
      fc.property(stories, ([{ story, told, results }, order]) => {
        expect(converged(play(story, order))).toEqual(converged(play(story, told)));
        const ended = converged(play(story, [...order, ...results]));
        expect(ended).toEqual(converged(play(story, [...told, ...results.toReversed()])));
        expect(ended).toMatchObject({ status: 'stopped', artifacts: [] });
        expect(ended.step_details.map(({ output }) => output ?? null)).toEqual(ended.step_details.map(() => null));
      }),
    );
  });

  it('says nothing for an update that it took in before', () => {
    fc.assert(
      fc.property(run, (story) => {
        const state = play(story, story.updates);
        expect(advance(state, story.updates, at(200_000))).toMatchObject({ events: [], steps: [], core: false });
      }),
    );
  });

  // What workflow code merely decided may be decided anew; the rest stays.
  it('never takes a step out of a terminal state that history recorded', () => {
    fc.assert(
      fc.property(jumbled, ({ story, order }) => {
        const state = accepted(story);
        const ended = new Map<string, string>();
        for (const update of order.filter(({ type }) => type !== 'step_decided')) {
          advance(state, [update], NOW);
          for (const step of renderExecution(state).step_details) {
            if (ended.has(step.id)) expect(step.status).toBe(ended.get(step.id));
            if (isTerminalStep(step.status)) ended.set(step.id, step.status);
          }
        }
      }),
    );
  });

  it('survives being stored as JSON between any two updates', () => {
    fc.assert(
      fc.property(run, (story) => {
        let state = accepted(story);
        for (const update of story.updates) {
          advance(state, [update], NOW);
          const { header: head, core, steps } = state;
          state = restoreState(
            JSON.parse(JSON.stringify(head)),
            JSON.parse(JSON.stringify(core)),
            new Map(JSON.parse(JSON.stringify([...steps]))),
          );
        }
        expect(converged(state)).toEqual(converged(play(story, story.updates)));
      }),
    );
  });

  it('ignores updates about steps that the execution does not have', () => {
    const state = play({ header: header([[]]) }, [{ type: 'execution_started', at: at(1) }]);
    const stray: Update[] = [
      { type: 'step_started', step_id: 'other', try: 1, at: at(0) },
      { type: 'step_ended', result: completed('__proto__', 1, 1, 2) },
    ];
    expect(advance(state, stray, NOW).events).toEqual([]);
  });
});
