import type { StartPayload, StopPayload } from '../../shared/schemas/command.ts';
import type { TerminalExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { LogUpdate, Update } from '../../shared/schemas/update.ts';
import type { ChainState } from './chain-state.ts';

/** What the worker around the workflow (gateway, sinks) and the workflow know of each other. Plain data: no engine imports. */

/** Workflow type. Its id is `engineWorkflowId(execution_id, attempt)`, its task queue the pool. */
export const PIPELINE = 'runPipeline';

/** Task queue of the steps that keep a core busy. */
export const computeQueue = (pool: string): string => `${pool}.compute`;

/** The one argument of a start. `chain` is set by continue-as-new alone. */
export interface PipelineInput {
  payload: StartPayload;
  chain?: ChainState;
  limits?: Partial<RunLimits>;
}

/**
 * When a run of the chain hands over to the next, and how; smaller in tests. What a run needs to load its records is not
 * counted: else one with many would hand over before it has done anything.
 */
export interface RunLimits {
  /** From here on a run hands over as soon as nothing is in flight … */
  softEvents: number;
  softBytes: number;
  /** … and from here on it starts nothing new until then. */
  hardEvents: number;
  hardBytes: number;
  /** Records of up to this many bytes of JSON together are arguments of the next run; larger ones go by way of the edge. */
  argumentBytes: number;
}

/** Result of the workflow. A failed or timed out execution closes as failed instead, with the error's code as its type. */
export interface PipelineResult {
  status: TerminalExecutionStatus;
}

/** Signal: one argument. Repeated ones (same command id) change nothing. */
export const STOP_SIGNAL = 'stop';
export interface StopSignal extends StopPayload {
  command_id: string;
}

/**
 * Update: one argument, a try whose work had ended before a stop was found. Answers whether what it still stores is waited
 * for; false when the run has ended, or given it up.
 */
export const STORING_UPDATE = 'storing';
export interface StoringTry {
  step_id: string;
  try: number;
}

/**
 * Query for reconcile: one argument, the page from 0. Answers as updates all that the workflow recorded and decided, and
 * the result once there is one.
 */
export const STATE_QUERY = 'state';
export interface StateAnswer {
  pages: number;
  updates: Update[];
  /** When the workflow, which only waits for timers, goes on (ISO); null when something else may happen any time. */
  quiet_until: string | null;
}

export interface SentBatch {
  execution_id: string;
  attempt: number;
  updates: Update[];
  logs: LogUpdate[];
}

// A type, not an interface: the engine's Sinks type asks for an index signature.
export type PipelineSinks = {
  updates: {
    /** Once per workflow task at most. `quietUntil` (ISO): when the workflow, which only waits for timers, goes on. */
    send(batch: SentBatch, quietUntil: string | null): void;
  };
  tries: {
    /** Tells the tries in this process that the attempt ends; those elsewhere hear of it by their heartbeats. */
    cancel(executionId: string, attempt: number, graceful: boolean): void;
  };
};
