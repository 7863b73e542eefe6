import { CancellationScope, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type { Plan } from '../../shared/schemas/plan.ts';
import type { ResultUpdate, Update } from '../../shared/schemas/update.ts';
import { loadPlan } from './activities.ts';
import { loadRecords } from './chain-records.ts';
import type { PackedRecord } from './chain-state.ts';
import {
  type PipelineInput,
  type PipelineResult,
  STATE_QUERY,
  STOP_SIGNAL,
  STORING_UPDATE,
  type StateAnswer,
  type StopSignal,
  type StoringTry,
} from './contract.ts';
import { finish } from './finish.ts';
import { chunkBySize } from './json-size.ts';
import { createPipeline } from './pipeline.ts';
import { PAGE_BYTES } from './run-limits.ts';
import { CANCELLED_IN_ENGINE } from './stop-request.ts';

const stopSignal = defineSignal<[StopSignal]>(STOP_SIGNAL);
const storingUpdate = defineUpdate<boolean, [StoringTry]>(STORING_UPDATE);
const stateQuery = defineQuery<StateAnswer, [number]>(STATE_QUERY);

/**
 * Runs one attempt of an execution to its end and publishes the result: a DAG of steps, each an activity (or a timer).
 * `pages` are the records of the steps, from the run of the chain before this one, unless the edge keeps them.
 */
export async function runPipeline(input: PipelineInput, ...pages: PackedRecord[][]): Promise<PipelineResult> {
  const { execution } = input.payload.context;
  const chain = input.chain ?? { run: 1, started_at: new Date().toISOString(), logs: 0, error: null };
  let snapshot: () => Update[] = () => [];
  let quietUntil: () => string | null = () => null;
  let result: ResultUpdate[] = [];

  const early: StopSignal[] = [];
  let requestStop = (signal: StopSignal): void => {
    early.push(signal);
  };
  setHandler(stopSignal, (signal) => requestStop(signal));
  let waitFor = (_: StoringTry): boolean => false;
  setHandler(storingUpdate, (storing) => waitFor(storing));
  setHandler(stateQuery, (page) => {
    const answers = chunkBySize([...snapshot(), ...result], PAGE_BYTES);
    return { pages: answers.length, updates: answers[page] ?? [], quiet_until: quietUntil() };
  });
  CancellationScope.current().cancelRequested.catch(() => requestStop(CANCELLED_IN_ENGINE));

  // A cancelled workflow still has a result to publish.
  return CancellationScope.nonCancellable(async () => {
    const plan = input.payload.plan ?? (await loadWholePlan(execution.id, execution.attempt));
    const of = { execution_id: execution.id, attempt: execution.attempt };
    const records = await loadRecords(of, chain, pages);
    const pipeline = createPipeline({ input, plan, chain, records });
    const { outbox } = pipeline.state;
    ({ snapshot, quietUntil } = pipeline.state);
    ({ requestStop, waitFor } = pipeline);
    if (chain.run === 1) {
      outbox.record({ type: 'execution_started', at: chain.started_at });
      outbox.log('INFO', 'Execution started.');
    }
    early.forEach(requestStop);
    await pipeline.untilEnded();
    return finish(pipeline, {
      executionId: execution.id,
      attempt: execution.attempt,
      startedAt: chain.started_at,
      onResult: (pages) => {
        result = pages;
      },
    });
  });
}

async function loadWholePlan(execution_id: string, attempt: number): Promise<Pick<Plan, 'steps' | 'timeout_ms'>> {
  const first = await loadPlan({ execution_id, attempt, page: 0 });
  const steps = [...first.steps];
  for (let page = 1; page < first.pages; page++) steps.push(...(await loadPlan({ execution_id, attempt, page })).steps);
  return { steps, timeout_ms: first.timeout_ms };
}
