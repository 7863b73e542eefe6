import type { ExecutionHeader } from '../../shared/domain/execution-state.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import type { Execution, StopExecutionInput, WaitingFor } from '../../shared/schemas/execution.ts';
import type { GetLogsInput, LogPage } from '../../shared/schemas/log.ts';
import type { Plan } from '../../shared/schemas/plan.ts';
import type { UpdateAnswer, UpdateBatch } from '../../shared/schemas/update.ts';
import type { Warning } from '../../shared/schemas/warning.ts';

/** An execution that was checked and planned, about to be accepted. */
export interface CreateExecutionInput {
  workspace_id: string;
  /** Worker pool that runs it. */
  pool: string;
  header: ExecutionHeader;
  /** Read by expressions as `workflow.name`. */
  workflow_name: string;
  plan: Plan;
  /** What of the start is probably not meant: a repeated request is answered the same. */
  warnings: Warning[];
  /** Request id of the start and its W3C trace id: in every log entry. */
  correlation_id: string;
  trace_id: string;
  /** What is known at the start of why it cannot run yet; null when a worker is live. Corrected by what happens next. */
  waiting_for: WaitingFor | null;
}

export interface CreatedExecution {
  /** False when an execution of this id was there already: then nothing was changed, `execution` is its present state. */
  created: boolean;
  execution: Execution;
}

export interface EventPage {
  events: ExecutionEvent[];
  /** Whether there are events after these. */
  more: boolean;
}

export type LogQuery = Omit<GetLogsInput, 'execution_id'>;
export type StopRequest = Omit<StopExecutionInput, 'execution_id'>;

/** One page of what a run of the attempt's chain in the engine hands to the next. */
export interface ChainPageAddress {
  attempt: number;
  /** Number of the run that gets it; the first run, which gets none, is 1. */
  run: number;
  /** Name that follows from the content: a late repetition cannot replace other content. */
  page: string;
}

/**
 * A step's output as JSON in UTF-8: a value of 16 MiB, a number or a character at a time, would be over the 32 MiB that an
 * object may answer. `unknown_step` and `no_output` say why there is none.
 */
export type OutputAnswer = { json: Uint8Array } | 'unknown_step' | 'no_output';

/**
 * One execution, as the rest of the edge sees it: the Durable Object `{workspace_id}/{execution_id}` behind a stub.
 *
 * - Every method but `create` answers null for an execution that does not exist.
 * - What a method answers is durable: neither an answer nor a frame to a viewer leaves before its writes are on disk.
 * - A rejected promise (the object was unreachable or reset) says nothing about whether the call took effect; each
 *   method may be called again.
 */
export interface ExecutionApi {
  /**
   * Accepts the execution: state, plan and the commands and index rows that follow from it, in one transaction.
   * Then tries once to write the index row, so that a list read afterwards shows it; when that fails the answer is the
   * same, and the row follows later. The start command leaves on its own time. Repeating it is harmless.
   */
  create(input: CreateExecutionInput): Promise<CreatedExecution>;

  get(): Promise<Execution | null>;

  /** The warnings that its start was answered with. */
  warnings(): Promise<Warning[] | null>;

  /** Up to `limit` events with a seq above `afterSeq`, ascending, without holes; fewer when they are large. */
  events(afterSeq: number, limit: number): Promise<EventPage | null>;

  /** One page by time; `bad_cursor` when the cursor is not one that a page answered. */
  logs(query: LogQuery): Promise<LogPage | 'bad_cursor' | null>;

  /** The output of a step, fetched from where it lies. */
  output(stepId: string): Promise<OutputAnswer | null>;

  /** Stops it, or answers the state of one that is stopping or has ended. Only the first request counts. */
  stop(request: StopRequest): Promise<Execution | null>;

  /**
   * Takes in what a worker says of one attempt, in whatever order and however often it comes; a batch is taken whole or
   * not at all. Never null: an unknown execution is `gone`.
   */
  ingest(batch: UpdateBatch): Promise<UpdateAnswer>;

  /** A worker says that the attempt lives. `quietUntil`: nothing is to be expected of it before then. */
  living(attempt: number, quietUntil: string | null): Promise<void>;

  /** The state once it has ended, or as it is after `timeoutMs` (at most 60,000). */
  awaitEnd(timeoutMs: number): Promise<Execution | null>;

  /** What the attempt runs, whole. */
  plan(attempt: number): Promise<Plan | null>;

  /**
   * Keeps a page, as JSON text of at most LIMITS.chainPageBytes, until the execution ends or the run that gets it has
   * handed over in its turn. `gone`: no such execution, or its attempt is another or has ended.
   */
  saveChainPage(address: ChainPageAddress, json: string): Promise<'ok' | 'gone'>;

  /** A page that is kept, as JSON text. */
  chainPage(address: ChainPageAddress): Promise<string | null>;
}
