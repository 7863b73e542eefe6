import { describe, expect, it } from 'vitest';
import { advance } from '../../../shared/domain/advance.ts';
import { createState, restoreState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import { foldAll } from '../../../shared/domain/fold.ts';
import type { StepResult } from '../../../shared/schemas/update.ts';
import { at, completed, header, NOW } from '../execution-run.ts';

const files = (step: string, count: number) =>
  Array.from({ length: count }, (_, i) => `artifact://exec_1/${step}/${i}`);
const ended = (step: string, artifacts: string[], artifact_count?: number): StepResult => ({
  ...completed(step, 1, 2, 3),
  artifacts,
  ...(artifact_count !== undefined && { artifact_count }),
});

function executed(results: StepResult[]) {
  const state = createState(header(results.map(() => [])), at(0));
  const before = renderExecution(state);
  const inputs = results.toReversed().map((result) => ({ type: 'step_ended', result }) as const);
  const { events } = advance(state, inputs, NOW);
  return { state, before, events, execution: renderExecution(state) };
}

describe('artifacts', () => {
  it('of an execution are the first 100 in definition order of the steps, with the number of all', () => {
    const { before, events, execution } = executed([ended('s0', files('s0', 60)), ended('s1', files('s1', 60))]);
    expect(execution.artifacts).toEqual([...files('s0', 60), ...files('s1', 40)]);
    expect(execution.artifact_count).toBe(120);
    expect(foldAll(before, events)).toEqual(execution);
  });

  it('of a step are the first 100 that it says it has stored, in its record, its event and GET', () => {
    const { state, events, execution } = executed([ended('s0', files('s0', 100), 1_000)]);
    const step = { artifacts: files('s0', 100), artifact_count: 1_000 };
    expect(execution.step_details[0]).toMatchObject(step);
    expect(events.at(-1)?.data.patch.steps?.s0).toMatchObject(step);
    expect(state.steps.get('s0')?.result).toMatchObject(step);
    expect(execution.artifact_count).toBe(1_000);
  });

  it('that an older worker names all are cut to the first 100 and counted', () => {
    const { state, execution } = executed([ended('s0', files('s0', 1_000))]);
    expect(state.steps.get('s0')?.result).toMatchObject({ artifacts: files('s0', 100), artifact_count: 1_000 });
    expect(execution).toMatchObject({ artifacts: files('s0', 100), artifact_count: 1_000 });
  });

  it('of a state that an older version has stored are cut to the first 100 and counted', () => {
    const { state } = executed([ended('s0', [])]);
    const step = state.steps.get('s0');
    if (!step) throw new Error('no step');
    const old = new Map([['s0', { ...step, result: ended('s0', files('s0', 300)) }]]);
    const execution = renderExecution(restoreState(state.header, state.core, old));
    expect(execution.step_details[0]).toMatchObject({ artifacts: files('s0', 100), artifact_count: 300 });
    expect(execution).toMatchObject({ artifacts: files('s0', 100), artifact_count: 300 });
  });

  it('are none after a stop that keeps nothing', () => {
    const { state } = executed([ended('s0', files('s0', 100), 500)]);
    const stop = { reason: null, graceful: true, cleanup_resources: true, save_partial_results: false };
    advance(state, [{ type: 'stop_requested', stop }], NOW);
    advance(state, [{ type: 'closed', status: 'stopped', at: at(9), error: null }], NOW);
    const none = { artifacts: [], artifact_count: 0 };
    expect(renderExecution(state)).toMatchObject({ ...none, step_details: [none] });
  });
});

it('lists running steps while their ids take at most 64 KiB', () => {
  const head = header(Array.from({ length: 2_000 }, () => []));
  head.steps = head.steps.map((step, i) => ({ ...step, id: `${i}`.padStart(128, 'x') }));
  const state = createState(head, at(0));
  advance(
    state,
    head.steps.map(({ id }) => ({ type: 'step_started', step_id: id, try: 1, at: at(1) }) as const),
    NOW,
  );
  const { current_steps, step_details } = renderExecution(state);
  expect(JSON.stringify(current_steps).length).toBeLessThanOrEqual(64 * 1024);
  expect(current_steps).toEqual(step_details.slice(0, current_steps.length).map(({ id }) => id));
  expect(current_steps.length).toBeGreaterThan(490);
});
