import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, announce } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { createState } from '../../shared/domain/execution-state.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import { fold, foldAll } from '../../shared/domain/fold.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import type { Update } from '../../shared/schemas/update.ts';
import { accepted, at, completed, header, jumbled, NOW, run } from './execution-run.ts';

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

  it('say of a retry when the next try is due, and nothing of the retry before', () => {
    const state = accepted({ header: header([[]]) });
    const error = { code: 'BOOM', message: 'it broke', retryable: true };
    const retry = (n: number, ms: number): Update[] => [
      { type: 'step_started', step_id: 's0', try: n, at: at(ms) },
      { type: 'step_try_failed', step_id: 's0', try: n, started_at: at(ms), at: at(ms + 1), error },
      { ...decision(n + 1), at: at(ms + 1), next_try_at: at(ms + 100), order: [1, ms, 0] },
    ];
    const decision = (n: number) => ({ type: 'step_decided', step_id: 's0', status: 'retrying', try: n }) as const;
    const { events } = advance(state, [...retry(1, 10), ...retry(2, 110)], NOW);
    const due = events.map(({ data }) => data.patch.steps?.s0?.next_try_at);
    expect(due.filter((time) => time)).toEqual([at(110), at(210)]);
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
