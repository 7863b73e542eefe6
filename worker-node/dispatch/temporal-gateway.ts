import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { type Command, engineWorkflowId } from '../../shared/schemas/command.ts';
import type { Priority } from '../../shared/schemas/execution.ts';
import type { Update } from '../../shared/schemas/update.ts';
import {
  PIPELINE,
  STATE_QUERY,
  STOP_SIGNAL,
  STORING_UPDATE,
  type StateAnswer,
  type StopSignal,
  type StoringTry,
} from '../workflows/contract.ts';
import { closedUpdate, isEngineClose, lostUpdate } from './engine-close.ts';
import { createStartRun } from './start-run.ts';

export type StartCommand = Extract<Command, { type: 'start' }>;

/** A run that ended in the engine without its workflow code. */
export interface EngineClosedRun {
  executionId: string;
  attempt: number;
  /** Of this run among all. */
  runId: string;
  closedAt: Date;
  update: Update;
}

export interface RunTruth {
  /** In pages that the edge takes. */
  updates: Update[][];
  /** When the run, which only waits for timers, goes on (ISO). */
  quietUntil: string | null;
}

/** What the worker asks of Temporal. Every method may be repeated, and rejects with the SDK's error: see engineFailure. */
export interface TemporalGateway {
  /**
   * Starts the run of the attempt, unless it was started before. Throws the signal's reason, having done nothing, when it
   * is aborted at the last moment before the request.
   */
  start(command: StartCommand, signal: AbortSignal): Promise<void>;
  /** Asks the run to stop; one that is closed or unknown needs no stop. */
  stop(executionId: string, attempt: number, signal: StopSignal): Promise<void>;
  /** Asks the run to wait for a try that only stores what its work has left; false when it has ended, or given it up. */
  askToWait(executionId: string, attempt: number, storing: StoringTry): Promise<boolean>;
  /** What is true of the run: from its workflow, or from how the engine closed it. */
  describe(executionId: string, attempt: number): Promise<RunTruth>;
  /** Runs of this pool that the engine closed since then (terminated, timed out, cancelled), without those `known` by run id. */
  closedSince(since: Date, known?: (runId: string) => boolean): AsyncIterable<EngineClosedRun>;
}

export interface GatewayOptions {
  client: Client;
  /** See createStartRun. Default: none. */
  eagerClient?: () => Client | undefined;
  pool: string;
}

const CALL_MS = 8_000;
/** Lower numbers go first. */
const PRIORITY_KEYS: Record<Priority, number> = { critical: 1, high: 2, normal: 3, low: 4 };

export function createTemporalGateway({ client, pool, eagerClient }: GatewayOptions): TemporalGateway {
  const { workflow } = client;
  const startRun = createStartRun({ client, eagerClient: eagerClient ?? (() => undefined) });

  const timed = <T>(call: () => Promise<T>): Promise<T> => client.connection.withDeadline(Date.now() + CALL_MS, call);
  const handleOf = (executionId: string, attempt: number): WorkflowHandle =>
    workflow.getHandle(engineWorkflowId(executionId, attempt));

  async function workflowState(handle: WorkflowHandle): Promise<RunTruth> {
    const state: RunTruth = { updates: [], quietUntil: null };
    for (let page = 0, count = 1; page < count; page += 1) {
      const answer = await timed(() => handle.query<StateAnswer, [number]>(STATE_QUERY, page));
      count = answer.pages;
      state.updates.push(answer.updates);
      state.quietUntil = answer.quiet_until;
    }
    return state;
  }

  /** Why somebody terminated it; the visibility record and the description do not say. */
  async function terminationReason(workflowId: string, runId: string): Promise<string | undefined> {
    const answer = await timed(() =>
      workflow.workflowService.getWorkflowExecutionHistoryReverse({
        namespace: client.options.namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    );
    return answer.history?.events?.[0]?.workflowExecutionTerminatedEventAttributes?.reason ?? undefined;
  }

  async function engineClose(run: Pick<WorkflowExecutionDescription, 'workflowId' | 'runId' | 'status' | 'closeTime'>) {
    const status = run.status.name;
    const reason = status === 'TERMINATED' ? await terminationReason(run.workflowId, run.runId) : undefined;
    return closedUpdate({ status, at: run.closeTime ?? new Date(), reason });
  }

  return {
    async start({ execution_id, attempt, payload }, signal) {
      const { workflow: definition, execution } = payload.context;
      signal.throwIfAborted();
      await timed(() =>
        startRun({
          workflowId: engineWorkflowId(execution_id, attempt),
          taskQueue: pool,
          priority: { priorityKey: PRIORITY_KEYS[payload.priority] },
          staticSummary: [`${definition.name} ${definition.version}`, execution.name].filter(Boolean).join(' · '),
          args: [{ payload }],
        }),
      );
    },

    async stop(executionId, attempt, signal) {
      try {
        await timed(() => handleOf(executionId, attempt).signal(STOP_SIGNAL, signal));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },

    async askToWait(executionId, attempt, storing) {
      const handle = handleOf(executionId, attempt);
      const ask = () => handle.executeUpdate<boolean, [StoringTry]>(STORING_UPDATE, { args: [storing] });
      try {
        return await timed(ask);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    async describe(executionId, attempt) {
      const handle = handleOf(executionId, attempt);
      let run: WorkflowExecutionDescription;
      try {
        run = await timed(() => handle.describe());
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return { updates: [[lostUpdate(new Date())]], quietUntil: null };
        throw error;
      }
      const engineClosed = isEngineClose(run.status.name);
      const state = await workflowState(handle).catch((error: unknown): RunTruth => {
        // A run closed before its first workflow task, or that its code cannot replay, answers no query, ever.
        if (engineClosed) return { updates: [], quietUntil: null };
        throw error;
      });
      const hasResult = state.updates.flat().some((update) => update.type === 'result');
      if (run.closeTime && (engineClosed || !hasResult)) state.updates.push([await engineClose(run)]);
      return state;
    },

    async *closedSince(since, known = () => false) {
      const query = [
        `WorkflowType = '${PIPELINE}'`,
        `TaskQueue = '${pool}'`,
        `ExecutionStatus IN ('Terminated', 'TimedOut', 'Canceled')`,
        `CloseTime >= '${since.toISOString()}'`,
      ].join(' AND ');
      const runs = workflow.list({ query })[Symbol.asyncIterator]();
      for (;;) {
        const { value: run, done } = await timed(() => runs.next());
        if (done) return;
        const { workflowId, runId } = run;
        if (known(runId)) continue;
        const separator = workflowId.lastIndexOf('.');
        yield {
          executionId: workflowId.slice(0, separator),
          attempt: Number(workflowId.slice(separator + 1)),
          runId,
          closedAt: run.closeTime ?? since,
          update: await engineClose(run),
        };
      }
    },
  };
}
