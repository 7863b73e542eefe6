import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, announce } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { createState, type ExecutionState, restoreState } from '../../shared/domain/execution-state.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import { fold, foldAll } from '../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalStep } from '../../shared/schemas/execution-status.ts';
import { type DecisionOrder, Update } from '../../shared/schemas/update.ts';
import { at, completed, header, type Run, run } from './execution-run.ts';

const NOW = at(100_000);

function accepted(of: Pick<Run, 'header'>): ExecutionState {
  const state = createState(of.header, at(0));
  announce(state, at(0));
  return state;
}

function play(of: Pick<Run, 'header'>, inputs: readonly Input[]): ExecutionState {
  const state = accepted(of);
  advance(state, inputs, NOW);
  return state;
}

/** What must not depend on the order of arrival. */
function converged(state: ExecutionState): Omit<Execution, 'seq' | 'updated_at'> {
  const { seq: _seq, updated_at: _updated, ...view } = renderExecution(state);
  return view;
}

/** Some of the story from its beginning, every update twice, in any order. */
const jumbled = run.chain((story) =>
  fc
    .nat({ max: story.updates.length })
    .map((length) => story.updates.slice(0, length))
    .chain((told) => {
      const twice = { minLength: told.length * 2, maxLength: told.length * 2 };
      return fc.shuffledSubarray([...told, ...told], twice).map((order) => ({ story, told, order }));
    }),
);

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
        expect(advance(state, story.updates, at(200_000))).toEqual({ events: [], steps: [], core: false });
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

describe('events', () => {
  it('fold to what GET answers after every batch, however updates are ordered and cut', () => {
    const cut = fc.tuple(jumbled, fc.integer({ min: 1, max: 7 }));
    fc.assert(
      fc.property(cut, ([{ story, order }, size]) => {
        const state = accepted(story);
        let viewer = renderExecution(state);
        for (let i = 0; i < order.length; i += size) {
          const { events } = advance(state, order.slice(i, i + size), at(1_000 + i));
          viewer = foldAll(viewer, JSON.parse(JSON.stringify(events)) as ExecutionEvent[]);
          expect(viewer).toEqual(renderExecution(state));
        }
      }),
    );
  });

  it('of an execution fold to the status that they tell of, each by itself', () => {
    const stop = { reason: null, graceful: true, cleanup_resources: true, save_partial_results: true };
    fc.assert(
      fc.property(jumbled, fc.nat(), fc.boolean(), ({ story, order }, cut, stopped) => {
        const state = accepted(story);
        const between: Input[] = stopped ? [{ type: 'stop_requested', stop }] : [];
        const at = cut % (order.length + 1);
        const inputs = [...order.slice(0, at), ...between, ...order.slice(at)];
        let viewer = renderExecution(state);
        for (const event of advance(state, inputs, NOW).events) {
          viewer = fold(viewer, event);
          if (event.data.step_id === undefined) expect(viewer.status).toBe(event.data.status);
        }
      }),
    );
  });

  it('fold to what GET answers when the engine closes the run in between', () => {
    const error = { code: 'ENGINE_TERMINATED', message: 'It was terminated.', step_id: null };
    fc.assert(
      fc.property(jumbled, fc.nat(), ({ story, order }, cut) => {
        const state = accepted(story);
        const start = renderExecution(state);
        const told = order.slice(0, cut % (order.length + 1));
        const closed: Update = { type: 'closed', status: 'failed', at: at(50_000), error };
        const events = [told, [closed]].flatMap((inputs) => advance(state, inputs, NOW).events);
        expect(foldAll(start, events)).toEqual(renderExecution(state));
      }),
    );
  });

  it('are numbered 1, 2, 3 without holes', () => {
    fc.assert(
      fc.property(run, (story) => {
        const state = createState(story.header, at(0));
        const seqs = [
          announce(state, at(0)),
          ...story.updates.flatMap((update) => advance(state, [update], NOW).events),
        ].map((e) => e.seq);
        expect(seqs).toEqual(seqs.map((_, i) => i + 1));
        expect(state.core.seq).toBe(seqs.length);
      }),
    );
  });

  it('folded twice change nothing', () => {
    fc.assert(
      fc.property(run, (story) => {
        const state = accepted(story);
        const start = renderExecution(state);
        const { events } = advance(state, story.updates, NOW);
        const once = foldAll(start, events);
        expect(foldAll(once, events)).toEqual(once);
      }),
    );
  });

  it('tell the story of a step that is retried', () => {
    const state = accepted({ header: header([[]]) });
    const error = { code: 'BOOM', message: 'it broke', retryable: true };
    const { events } = advance(
      state,
      [
        { type: 'execution_started', at: at(1) },
        { type: 'step_decided', step_id: 's0', status: 'queued', try: 1, at: at(1), order: [1, 3, 0] },
        { type: 'step_started', step_id: 's0', try: 1, at: at(2) },
        { type: 'step_progress', step_id: 's0', try: 1, n: 1, progress: { current_operation: 'half', percentage: 50 } },
        { type: 'step_try_failed', step_id: 's0', try: 1, started_at: at(2), at: at(3), error },
        {
          type: 'step_decided',
          step_id: 's0',
          status: 'retrying',
          try: 2,
          at: at(3),
          next_try_at: at(1_003),
          order: [1, 9, 0],
        },
        { type: 'step_started', step_id: 's0', try: 2, at: at(1_004) },
        { type: 'step_ended', result: completed('s0', 2, 1_004, 1_010) },
      ],
      NOW,
    );
    expect(events.map((event) => event.type.replace('workflow.', ''))).toEqual([
      'execution.started',
      'step.queued',
      'step.started',
      'step.progress',
      'step.retrying',
      'step.updated',
      'step.started',
      'step.completed',
    ]);
    expect(events.at(-1)?.data).toMatchObject({
      step_id: 's0',
      status: 'completed',
      tries: 2,
      duration_seconds: 0.006,
      output: { from: 's0' },
    });
  });
});

describe('the end of an execution', () => {
  const two = { header: header([[], [0]]) };

  it('comes with the last page of the result, whichever that is', () => {
    const page = (n: number, id: string): Update => ({
      type: 'result',
      status: 'completed',
      started_at: at(1),
      completed_at: at(9),
      error: null,
      page: n,
      pages: 2,
      steps: [completed(id, 1, 2, 3)],
    });
    const state = accepted(two);
    advance(state, [page(1, 's1')], NOW);
    expect(renderExecution(state).status).toBe('running');
    const { events } = advance(state, [page(0, 's0')], NOW);
    expect(events.map((event) => event.type)).toEqual(['workflow.step.completed', 'workflow.execution.completed']);
    expect(renderExecution(state)).toMatchObject({
      status: 'completed',
      progress: { completed_steps: 2, percentage: 100 },
      duration_seconds: 0.008,
    });
  });

  it('by the engine without a result cancels what was open', () => {
    const state = play(two, [{ type: 'step_started', step_id: 's0', try: 1, at: at(2) }]);
    const viewer = renderExecution(state);
    const error = { code: 'ENGINE_TERMINATED', message: 'terminated', step_id: null };
    const { events } = advance(state, [{ type: 'closed', status: 'failed', at: at(5), error }], NOW);
    expect(events.map((event) => event.type.replace('workflow.', ''))).toEqual([
      'step.cancelled',
      'step.cancelled',
      'execution.failed',
    ]);
    expect(foldAll(viewer, events)).toEqual(renderExecution(state));
    expect(renderExecution(state)).toMatchObject({ status: 'failed', error, current_step: null, current_steps: [] });
  });

  it('is the first one of a result and a close by the engine', () => {
    const closed: Update = { type: 'closed', status: 'failed', at: at(5), error: null };
    const steps = [completed('s0', 1, 1, 2), completed('s1', 1, 2, 3)];
    const published = { started_at: at(1), completed_at: at(4), error: null, page: 0, pages: 1, steps };
    const result: Update = { type: 'result', status: 'completed', ...published };
    expect(renderExecution(play(two, [closed, result])).status).toBe('failed');
    expect(renderExecution(play(two, [result, closed])).status).toBe('completed');
  });

  it('encloses the times of all steps, whatever their clocks say', () => {
    const state = play(two, [
      { type: 'execution_started', at: at(10) },
      {
        type: 'result',
        status: 'completed',
        started_at: at(10),
        completed_at: at(20),
        error: null,
        page: 0,
        pages: 1,
        steps: [completed('s0', 1, 5, 30)],
      },
    ]);
    expect(renderExecution(state)).toMatchObject({ started_at: at(5), completed_at: at(30) });
  });

  it('sums what steps used and leaves unknown totals null', () => {
    const ended = play(two, [{ type: 'step_ended', result: completed('s0', 1, 0, 3_600_000) }]);
    expect(renderExecution(ended).resource_usage).toEqual({
      total_compute_hours: 2,
      cost_usd: null,
      peak_memory_gb: 2,
      peak_cpu_cores: null,
    });
    expect(renderExecution(play(two, [])).resource_usage).toEqual({
      total_compute_hours: null,
      cost_usd: null,
      peak_memory_gb: null,
      peak_cpu_cores: null,
    });
  });
});

describe('stopping', () => {
  const one = { header: header([[]]) };
  const stop = { reason: 'enough', graceful: true, cleanup_resources: true, save_partial_results: true };

  it('shows the first reason and only ever takes grace away', () => {
    const state = play(one, [
      { type: 'execution_started', at: at(1) },
      { type: 'stop_requested', stop },
      { type: 'stop_requested', stop: { ...stop, reason: 'again', graceful: false } },
      { type: 'stop_requested', stop },
    ]);
    expect(renderExecution(state)).toMatchObject({ status: 'stopping', reason: 'enough' });
    expect(state.core.stop?.graceful).toBe(false);
  });

  it('cancels a step that waits once, in the try that it waited in', () => {
    const state = accepted(one);
    const waiting = { step_id: 's0', status: 'waiting' as const, try: 1, at: at(2), order: [1, 3, 0] as DecisionOrder };
    const first = advance(state, [{ type: 'step_decided', ...waiting }], NOW);
    const shown = { tries: 1, started_at: at(2), completed_at: null, error: null };
    expect(renderExecution(state).step_details).toMatchObject([{ status: 'waiting', ...shown }]);
    const result = { ...completed('s0', 1, 2, 9), status: 'cancelled' as const, output: null, usage: null };
    const ended: Update = { type: 'step_ended', result };
    const published = { started_at: at(1), completed_at: at(9), error: null, page: 0, pages: 1, steps: [result] };
    const rest = advance(state, [ended, { type: 'result', status: 'stopped', ...published }], NOW);
    const types = [...first.events, ...rest.events].map(({ type }) => type);
    expect(types).toEqual(['workflow.step.waiting', 'workflow.step.cancelled', 'workflow.execution.stopped']);
    expect(renderExecution(state).step_details).toMatchObject([
      { tries: 1, started_at: at(2), duration_seconds: 0.007 },
    ]);
  });

  it('shows a step as cancelled that was to be tried again', () => {
    const error = { code: 'BOOM', message: 'it broke', retryable: true };
    const state = play(one, [
      { type: 'step_try_failed', step_id: 's0', try: 1, started_at: at(2), at: at(3), error },
      { type: 'step_decided', step_id: 's0', status: 'retrying', try: 2, at: at(3), order: [1, 5, 0] },
      { type: 'step_decided', step_id: 's0', status: 'cancelled', try: 0, at: at(4), order: [1, 9, 0] },
    ]);
    expect(renderExecution(state).step_details).toMatchObject([
      { status: 'cancelled', tries: 1, started_at: at(2), completed_at: at(4) },
    ]);
  });

  it('of a queued execution that is withdrawn ends it before its first step', () => {
    const state = play(one, [
      { type: 'waiting_for', waiting_for: { reason: 'no_worker', detail: 'none' } },
      { type: 'withdrawn', at: at(5) },
    ]);
    expect(renderExecution(state)).toMatchObject({
      status: 'stopped',
      started_at: null,
      duration_seconds: null,
      waiting_for: null,
    });
    expect(advance(state, [{ type: 'step_started', step_id: 's0', try: 1, at: at(6) }], NOW).events).toEqual([]);
  });
});

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
