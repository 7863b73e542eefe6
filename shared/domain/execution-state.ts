import type {
  Execution,
  ExecutionError,
  StepError,
  StepProgress,
  StepUsage,
  WaitingFor,
} from '../schemas/execution.ts';
import type { TerminalExecutionStatus } from '../schemas/execution-status.ts';
import type { DecisionOrder, StepDecidedUpdate, StepResult } from '../schemas/update.ts';

/** A step as far as the live state knows it; the rest of its plan is the engine's business. */
export interface HeaderStep {
  id: string;
  plugin: string;
  operation: string;
  depends_on: string[];
}

/** What is fixed when an execution is accepted. Steps are in definition order. */
export interface ExecutionHeader
  extends Pick<
    Execution,
    | 'execution_id'
    | 'workflow_id'
    | 'workflow_version'
    | 'execution_name'
    | 'priority'
    | 'parameters'
    | 'triggered_by'
    | 'created_at'
    | 'scheduled_at'
    | 'estimated_completion'
    | 'execution_url'
  > {
  steps: HeaderStep[];
}

/** A request to stop, as it was accepted first; `graceful` may still fall to false. */
export interface StopRequest {
  reason: string | null;
  graceful: boolean;
  cleanup_resources: boolean;
  save_partial_results: boolean;
}

/** Pages of the engine's result that have arrived, until the last one ends the execution. */
export interface ResultPages {
  status: TerminalExecutionStatus;
  completed_at: string;
  error: ExecutionError | null;
  pages: number;
  received: number[];
}

/** How an execution ended. */
export interface ExecutionEnd {
  status: TerminalExecutionStatus;
  completed_at: string;
  error: ExecutionError | null;
  /** The start was taken back before it reached the engine: a run of this attempt must not happen. */
  withdrawn: boolean;
}

/** The part of the state that belongs to no step; one row. */
export interface ExecutionCore {
  attempt: number;
  seq: number;
  updated_at: string;
  started_at: string | null;
  waiting_for: WaitingFor | null;
  stop: StopRequest | null;
  result: ResultPages | null;
  end: ExecutionEnd | null;
}

/** The newest thing that workflow code meant of a step. */
export interface Decision extends Pick<StepDecidedUpdate, 'status' | 'try' | 'at'> {
  order: DecisionOrder;
  next_try_at: string | null;
  error: StepError | null;
}

/** The newest try that anybody spoke of. */
export interface TryState {
  try: number;
  started_at: string | null;
  failed: { at: string; error: StepError } | null;
  progress: { n: number; value: StepProgress } | null;
  usage: { n: number; value: StepUsage } | null;
}

/** What is known of one step; a row per step. A step without a row is pending. */
export interface StepState {
  /** Largest try number seen. */
  tries: number;
  decided: Decision | null;
  current: TryState | null;
  /** How the step ended. Nothing but the published result replaces it. */
  result: StepResult | null;
  /** True once `result` comes from publish-result. */
  published: boolean;
  /** True once more than id, status and dependencies was shown of it: from then on every field is shown, null when unknown. */
  full: boolean;
}

/** All that is known of an execution; `advance` changes it in place. */
export interface ExecutionState {
  readonly header: ExecutionHeader;
  readonly core: ExecutionCore;
  readonly steps: Map<string, StepState>;
  /** The header's steps by id. */
  readonly index: ReadonlyMap<string, HeaderStep>;
}

/** A step that nothing was heard of. */
export const EMPTY_STEP: StepState = {
  tries: 0,
  decided: null,
  current: null,
  result: null,
  published: false,
  full: false,
};

/** The state of an execution that was just accepted, before its first event. */
export function createState(header: ExecutionHeader, now: string): ExecutionState {
  const core: ExecutionCore = {
    attempt: 1,
    seq: 0,
    updated_at: now,
    started_at: null,
    waiting_for: null,
    stop: null,
    result: null,
    end: null,
  };
  return restoreState(header, core, new Map());
}

/** The state as its stored parts say. */
export function restoreState(
  header: ExecutionHeader,
  core: ExecutionCore,
  steps: Map<string, StepState>,
): ExecutionState {
  return { header, core, steps, index: new Map(header.steps.map((step) => [step.id, step])) };
}
