import fc from 'fast-check';
import { advance, announce } from '../../shared/domain/advance.ts';
import type { Input } from '../../shared/domain/apply.ts';
import { createState, type ExecutionHeader, type ExecutionState } from '../../shared/domain/execution-state.ts';
import type { StepResult, Update } from '../../shared/schemas/update.ts';

export const at = (ms: number): string => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

export function header(dependencies: number[][]): ExecutionHeader {
  return {
    execution_id: 'exec_1',
    workflow_id: 'wf_1',
    workflow_version: '1.0.0',
    execution_name: null,
    priority: 'normal',
    parameters: {},
    triggered_by: { type: 'api', actor: 'user_1' },
    created_at: at(0),
    scheduled_at: null,
    estimated_completion: at(60_000),
    execution_url: null,
    steps: dependencies.map((on, i) => ({
      id: `s${i}`,
      plugin: 'core',
      operation: 'echo',
      depends_on: on.map((d) => `s${d}`),
    })),
  };
}

export function completed(step_id: string, tries: number, from: number, to: number): StepResult {
  return {
    step_id,
    status: 'completed',
    tries,
    started_at: at(from),
    completed_at: at(to),
    output: { from: step_id },
    error: null,
    usage: { cluster_id: null, workers: 2, cpu_usage: 10, memory_usage: 20, peak_memory_mb: 2_048 },
    artifacts: [`artifact://exec_1/${step_id}/model.json`],
  };
}

export interface Run {
  header: ExecutionHeader;
  /** What a worker sends, in the order in which it happens. */
  updates: Update[];
}

const error = { code: 'BOOM', message: 'it broke', retryable: true };

interface Fate {
  /** How the tries before the last end. */
  earlier: ('failed' | 'lost')[];
  outcome: 'completed' | 'failed' | 'cancelled';
  reports: number;
  /** Its tries wait in the engine: no worker runs them. */
  waits: boolean;
}

/** A DAG and the story of its execution: retries, lost workers, failures with skipped dependants, the published result. */
export const run: fc.Arbitrary<Run> = fc
  .integer({ min: 1, max: 8 })
  .chain((size) =>
    fc.tuple(
      fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          i === 0 ? fc.constant([]) : fc.subarray([...Array(i).keys()], { maxLength: Math.min(i, 3) }),
        ),
      ),
      fc.array(
        fc.record<Fate>({
          earlier: fc.array(fc.constantFrom('failed', 'lost'), { maxLength: 2 }),
          outcome: fc.constantFrom('completed', 'completed', 'completed', 'failed', 'cancelled'),
          reports: fc.integer({ min: 0, max: 2 }),
          waits: fc.boolean(),
        }),
        { minLength: size, maxLength: size },
      ),
      fc.integer({ min: 1, max: 3 }),
    ),
  )
  .map(([dependencies, fates, pages]) =>
    tell(header(dependencies as number[][]), dependencies as number[][], fates, pages),
  );

function tell(head: ExecutionHeader, dependencies: number[][], fates: Fate[], pages: number): Run {
  const updates: Update[] = [{ type: 'execution_started', at: at(1) }];
  const results: StepResult[] = [];
  let clock = 1;
  const tick = () => {
    clock += 1;
    return clock;
  };
  const decide = (step_id: string, status: 'queued' | 'retrying' | 'skipped', n: number) =>
    updates.push({ type: 'step_decided', step_id, status, try: n, at: at(tick()), order: [1, clock, 0] });

  for (const [i, fate] of fates.entries()) {
    const id = `s${i}`;
    if (dependencies[i]?.some((d) => results[d]?.status !== 'completed')) {
      decide(id, 'skipped', 0);
      results.push({
        step_id: id,
        status: 'skipped',
        tries: 0,
        started_at: null,
        completed_at: at(clock),
        output: null,
        error,
        usage: null,
        artifacts: [],
      });
      updates.push({ type: 'step_ended', result: results[i] as StepResult });
      continue;
    }
    if (!fate.waits) decide(id, 'queued', 1);
    const last = fate.earlier.length + 1;
    for (let n = 1; n <= last; n += 1) {
      const from = tick();
      if (fate.waits)
        updates.push({
          type: 'step_decided',
          step_id: id,
          status: 'waiting',
          try: n,
          at: at(from),
          order: [1, from, 0],
        });
      else updates.push({ type: 'step_started', step_id: id, try: n, at: at(from) });
      for (let r = 0; r < (fate.waits ? 0 : fate.reports); r += 1) {
        updates.push({
          type: 'step_progress',
          step_id: id,
          try: n,
          n: r,
          progress: { current_operation: `part ${r}`, percentage: r * 10 },
        });
      }
      if (n < last) {
        if (fate.earlier[n - 1] === 'failed')
          updates.push({ type: 'step_try_failed', step_id: id, try: n, started_at: at(from), at: at(tick()), error });
        decide(id, 'retrying', n + 1);
        continue;
      }
      const result: StepResult = {
        ...completed(id, last, from, tick()),
        ...(fate.outcome !== 'completed' && {
          status: fate.outcome,
          output: null,
          error: fate.outcome === 'failed' ? error : null,
        }),
      };
      results.push(result);
      updates.push({ type: 'step_ended', result });
    }
  }
  const failed = results.find((result) => result.status === 'failed');
  const size = Math.ceil(results.length / pages);
  for (let page = 0; page < pages; page += 1) {
    updates.push({
      type: 'result',
      status: failed ? 'failed' : 'completed',
      started_at: at(1),
      completed_at: at(clock + 1),
      error: failed ? { code: 'BOOM', message: 'it broke', step_id: failed.step_id } : null,
      page,
      pages,
      steps: results.slice(page * size, (page + 1) * size),
    });
  }
  return { header: head, updates };
}

/** When the edge takes in what `play` plays. */
export const NOW = at(100_000);

/** Its state before anything was heard of it. */
export function accepted(of: Pick<Run, 'header'>): ExecutionState {
  const state = createState(of.header, at(0));
  announce(state, at(0));
  return state;
}

/** Its state after `inputs`, all taken in at once. */
export function play(of: Pick<Run, 'header'>, inputs: readonly Input[]): ExecutionState {
  const state = accepted(of);
  advance(state, inputs, NOW);
  return state;
}

/** Some of the story from its beginning, every update twice, in any order. */
export const jumbled = run.chain((story) =>
  fc
    .nat({ max: story.updates.length })
    .map((length) => story.updates.slice(0, length))
    .chain((told) => {
      const twice = { minLength: told.length * 2, maxLength: told.length * 2 };
      return fc.shuffledSubarray([...told, ...told], twice).map((order) => ({ story, told, order }));
    }),
);
