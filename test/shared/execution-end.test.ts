import { describe, expect, it } from 'vitest';
import { advance } from '../../shared/domain/advance.ts';
import type { ExecutionState } from '../../shared/domain/execution-state.ts';
import { renderExecution } from '../../shared/domain/execution-view.ts';
import { foldAll } from '../../shared/domain/fold.ts';
import type { DecisionOrder, Update } from '../../shared/schemas/update.ts';
import { accepted, at, completed, header, NOW, play } from './execution-run.ts';

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

  it('tells in its event what a webhook says of it: duration, cost, artifacts, error and the reason of a stop', () => {
    const error = { code: 'BOOM', message: 'it broke', step_id: 's0' };
    const result = (status: 'completed' | 'failed' | 'stopped'): Update => ({
      ...{ type: 'result', status, started_at: at(1), completed_at: at(9), page: 0, pages: 1 },
      error: status === 'failed' ? error : null,
      steps: [completed('s0', 1, 2, 3), completed('s1', 1, 3, 4)],
    });
    const artifacts = ['s0', 's1'].map((id) => `artifact://exec_1/${id}/model.json`);
    const told = { duration_seconds: 0.008, cost_usd: null, artifacts };
    const endOf = (state: ExecutionState, update: Update) => advance(state, [update], NOW).events.at(-1)?.data;
    const completedData = endOf(accepted(two), result('completed'));
    expect(completedData).toMatchObject({ status: 'completed', ...told });
    expect(completedData).not.toHaveProperty('error');
    expect(completedData).not.toHaveProperty('reason');
    expect(endOf(accepted(two), result('failed'))).toMatchObject({ status: 'failed', ...told, error });
    const stop = { graceful: true, cleanup_resources: true, save_partial_results: true, reason: 'enough' };
    const stopping = play(two, [{ type: 'stop_requested', stop }]);
    expect(endOf(stopping, result('stopped'))).toMatchObject({ status: 'stopped', ...told, reason: 'enough' });
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
