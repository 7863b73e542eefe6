import type { Command } from '../../shared/schemas/command.ts';

/** What became of a start command: gone from the queue, held by a worker right now, or not (any longer) in the queue. */
export type WithdrawAnswer = 'withdrawn' | 'in_flight' | 'acked';

/**
 * The queue of commands of one shard of a pool: the Durable Object `{workspace_id}/{pool}/{shard}` behind a stub.
 *
 * A command is delivered at least once, in the order in which it was enqueued for its execution, one at a time per
 * execution, until a worker acknowledges it. Nothing is promised between executions. Every method may be repeated.
 */
export interface DispatchApi {
  /**
   * Stores the commands and sends what can be sent. A command whose id is in the queue already is ignored, so a repeated
   * call adds nothing; after its acknowledgement the same id may be enqueued anew. A `stop` also tells every worker of the
   * shard at once to end the attempt's activities, besides its turn in the queue.
   * `workers` is the number of connected workers: 0 means that the commands wait.
   */
  enqueue(commands: Command[]): Promise<{ workers: number }>;

  /**
   * Takes back the start command of an attempt, and every other command of that attempt with it. `in_flight`: a worker
   * holds it; it is not sent again, and asking later answers `withdrawn` (it came back, or its worker vanished) or `acked`
   * (the worker has started it, so it has to be stopped).
   */
  withdraw(executionId: string, attempt: number): Promise<WithdrawAnswer>;

  /** The attempt is known to have started: its start command must not be delivered (again). */
  forget(executionId: string, attempt: number): Promise<void>;
}
