import { condition, continueAsNew, proxySinks, sleep, workflowInfo } from '@temporalio/workflow';
import type { Plan } from '../../shared/schemas/plan.ts';
import { type LoadedRecords, saveRecords } from './chain-records.ts';
import type { ChainState, PackedRecord } from './chain-state.ts';
import type { PipelineInput, PipelineSinks, StopSignal, StoringTry } from './contract.ts';
import {
  DEFAULT_LIMITS,
  GRACEFUL_END_MS,
  MAX_PENDING,
  MAX_TASK_BYTES,
  MAX_TASK_TRIES,
  PROMPT_END_MS,
  SIGNAL_DELAY_MS,
} from './run-limits.ts';
import { createRunState, type RunState, type RunStep } from './run-state.ts';
import { CANCELLED_IN_ENGINE, mergeStop, type Stop, TIMED_OUT, UNTOLD, WITHDRAWN } from './stop-request.ts';
import { createTryRunner, type TryRunner } from './try-runner.ts';

const { tries: runningTries } = proxySinks<PipelineSinks>();

export interface Pipeline {
  readonly state: RunState;
  readonly tries: TryRunner;
  readonly stop: Stop | null;
  /** May be called from anywhere: it takes effect in the pipeline's own turn, and own cancellation scope. */
  requestStop(signal: StopSignal): void;
  /** The step is not given up before this try of it has ended; false when it is not the one that runs, or no longer. */
  waitFor(storing: StoringTry): boolean;
  /** Starts what can start and waits for what runs, until every step has ended. Leaves by continue-as-new when history is long. */
  untilEnded(): Promise<void>;
}

export interface PipelineOptions {
  input: PipelineInput;
  plan: Pick<Plan, 'steps' | 'timeout_ms'>;
  chain: ChainState;
  records: LoadedRecords;
}

export function createPipeline({ input, plan, chain, records }: PipelineOptions): Pipeline {
  const { context } = input.payload;
  const limits = { ...DEFAULT_LIMITS, ...input.limits };
  const state = createRunState({ context, plan: plan.steps, chain, packed: records.packed });
  const tries = createTryRunner({
    context,
    startedAt: chain.started_at,
    specs: input.payload.plan?.specs ?? null,
    state,
    stopping: () => stop !== null,
    onCancelled: (how) => {
      if (stop === null) end(how === 'withdrawn' ? WITHDRAWN : UNTOLD);
    },
    wake,
  });
  let stop: Stop | null = null;
  let awake = false;
  let goOn = (): void => undefined;
  const requests: StopSignal[] = [];
  /** Steps whose work had ended before the stop: their heartbeats and timeouts bound how long they store what it left. */
  const storing = new Set<RunStep>();
  // The workflow task whose commands are being made, the tries that it begins, and about how many bytes they take.
  let task = 0;
  let taskTries = 0;
  let taskBytes = 0;
  let nextTaskAsked = false;

  function wake(): void {
    awake = true;
    goOn();
  }

  /** A bare promise costs a fraction of a condition, which the engine looks at again after every activation. */
  async function untilAwake(): Promise<void> {
    if (awake) return;
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
  }

  function after(ms: number, act: () => void): void {
    sleep(Math.max(1, ms)).then(() => {
      act();
      wake();
    });
  }

  function end(next: Stop): void {
    const before = stop;
    stop = next;
    if (before === null) {
      for (const step of state.steps) if (step.record.result === null && !state.running.has(step)) tries.drop(step);
      tries.cancel();
    }
    if (before === null || (before.graceful && !next.graceful)) {
      // The engine would tell them in answer to a heartbeat, a second or more later.
      runningTries.cancel(context.execution.id, context.execution.attempt, next.graceful);
      after(next.graceful ? GRACEFUL_END_MS : PROMPT_END_MS, giveUp);
    }
  }

  function takeRequests(): void {
    for (const request of requests.splice(0)) {
      // Of any other the edge has told when it accepted it, before whatever it ended.
      if (stop === null && request.command_id === CANCELLED_IN_ENGINE.command_id)
        state.outbox.log('WARN', `Stop requested: ${request.reason}`);
      end(mergeStop(stop, request));
    }
  }

  /** Waits no longer for tries that were told to end, unless they only store what their work has left. */
  function giveUp(): void {
    for (const step of [...state.running]) {
      if (storing.has(step)) continue;
      const what = `Try ${step.record.tries} of step "${step.plan.id}"`;
      state.outbox.log('WARN', `${what} has not ended in time: what it has left is not kept.`, step.plan);
      state.running.delete(step);
      state.cancel(step);
    }
  }

  function startReady(): void {
    const { historyLength } = workflowInfo();
    if (historyLength !== task) {
      task = historyLength;
      taskTries = 0;
      taskBytes = 0;
    }
    if (stop !== null || isLong('hard')) return;
    while (state.running.size < MAX_PENDING && !taskIsFull()) {
      const step = state.steps[state.ready.take() ?? -1];
      if (!step) return;
      // An earlier run of the chain has dealt with it.
      if (step.record.result || step.record.timer) continue;
      taskBytes += tries.begin(step);
      taskTries++;
    }
    // The end of a try makes the next workflow task, too; whichever is first.
    if (taskIsFull() && !nextTaskAsked) {
      nextTaskAsked = true;
      after(1, () => {
        nextTaskAsked = false;
      });
    }
  }

  const taskIsFull = () => taskBytes >= MAX_TASK_BYTES || taskTries >= MAX_TASK_TRIES;

  /** The soft limit counts from what the records brought: a run has to get on before it hands over, and gets room for that. */
  function isLong(kind: 'soft' | 'hard'): boolean {
    const { historyLength, historySize } = workflowInfo();
    const events = Math.max(kind === 'hard' ? limits.hardEvents : 0, records.history.events + limits.softEvents);
    const bytes = Math.max(kind === 'hard' ? limits.hardBytes : 0, records.history.bytes + limits.softBytes);
    return historyLength >= events || historySize >= bytes;
  }

  /** Leaves for the next run, unless the execution is to end by the time its records are stored. */
  async function handOver(): Promise<void> {
    const { id: execution_id, attempt } = context.execution;
    // Timers that fire from here on fire again in the next run, which knows when they were due.
    const { argumentBytes } = limits;
    const next = await saveRecords({ execution_id, attempt }, { ...state.pack(), argumentBytes });
    if (next === 'gone') end(WITHDRAWN);
    else if (stop === null && requests.length === 0)
      await continueAsNew<(input: PipelineInput, ...pages: PackedRecord[][]) => Promise<unknown>>(
        { ...input, chain: next.chain },
        ...next.pages,
      );
  }

  if (plan.timeout_ms !== null) {
    after(Date.parse(chain.started_at) + plan.timeout_ms - Date.now(), () => {
      if (stop === null && state.unfinished > 0) end(TIMED_OUT);
    });
  }
  tries.resumeTimers();
  if (workflowInfo().unsafe.isReplaying) void condition(state.outbox.owesSnapshot).then(state.outbox.flush);

  return {
    state,
    tries,
    get stop() {
      return stop;
    },
    requestStop(signal) {
      requests.push(signal);
      wake();
    },
    waitFor({ step_id, try: number }) {
      const step = state.of(step_id);
      if (!step || step.record.tries !== number || !state.running.has(step)) return false;
      storing.add(step);
      return true;
    },
    async untilEnded() {
      for (;;) {
        takeRequests();
        const idle = state.running.size === 0 && state.unfinished > 0 && stop === null;
        if (idle && isLong('soft')) {
          state.outbox.flush();
          await handOver();
          continue;
        }
        startReady();
        state.outbox.flush();
        if (state.unfinished === 0) break;
        await untilAwake();
        awake = false;
      }
      if (stop?.told === false && (await condition(() => requests.length > 0, SIGNAL_DELAY_MS))) takeRequests();
    },
  };
}
