import type { Command } from '../../shared/schemas/command.ts';
import type { CommandHead, EdgeFrame } from '../../shared/schemas/dispatch.ts';
import { describeError, type Logger } from '../logger.ts';
import { createRunInOrder } from './in-order.ts';
import { openDispatchSocket, type Session, type SocketTiming } from './socket.ts';

/** `done`: applied, or nothing is left to apply. Otherwise the edge delivers the command again, to any worker. */
export type CommandOutcome = { done: true } | { done: false; retryAfterMs: number; detail: string };

export interface DispatcherOptions {
  /** Base URL of the edge. */
  edgeUrl: string;
  key: string;
  pool: string;
  workerId: string;
  /** Dispatch shards as far as known; the edge's welcome may say more. */
  shards: number;
  logger: Logger;
  /**
   * Applies a command; may be called again for the same one. `signal` is aborted when the connection that brought it is
   * lost: from then on another worker may get it, so nothing may be begun.
   */
  apply(command: Command, signal: AbortSignal): Promise<CommandOutcome>;
  /** Called with a command that this worker cannot read, and has handed back for another one; `detail` says why. */
  onUnreadable(command: CommandHead, detail: string): void;
  /** Ends what runs here of the attempt. */
  cancel(executionId: string, attempt: number, graceful: boolean): void;
  /** Called when the edge welcomes this worker again on its first shard. */
  onReconnected?(): void;
  timing?: Partial<SocketTiming>;
}

export interface Dispatcher {
  /** Resolves once the edge has welcomed this worker on every shard known by then. */
  readonly connected: Promise<void>;
  /** Closes the sockets: nothing is begun any more, and the edge gives what is not acknowledged to others. */
  close(): void;
}

/** Commands applied at once: enough to keep the engine busy, few enough that each is answered soon. */
const CONCURRENCY = 64;
const FAILED_RETRY_MS = 5_000;
/** Until a command that this worker cannot read is delivered again. */
const UNREADABLE_RETRY_MS = 15_000;

/** Keeps one socket per dispatch shard and applies what comes in, in order per execution. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { logger } = options;
  const runInOrder = createRunInOrder(CONCURRENCY);
  const closers: (() => void)[] = [];
  const welcomed = new Set<number>();
  // Commands that a connection has delivered and this worker has not answered: a repeated delivery adds nothing.
  const held = new WeakMap<Session, Set<string>>();
  let announceConnected: () => void = () => undefined;
  const connected = new Promise<void>((resolve) => {
    announceConnected = resolve;
  });

  function open(shards: number): void {
    for (let shard = closers.length; shard < shards; shard += 1) {
      const { key, workerId, timing } = options;
      const url = shardUrl(options.edgeUrl, options.pool, shard);
      const onFrame = (frame: EdgeFrame, session: Session): void => receive(shard, frame, session);
      const socket = { url, key, workerId, logger, onFrame, onUnreadable: handBack };
      closers.push(openDispatchSocket({ ...socket, ...(timing && { timing }) }));
    }
  }

  function receive(shard: number, frame: EdgeFrame, session: Session): void {
    switch (frame.type) {
      case 'welcome':
        if (shard === 0 && welcomed.has(shard)) options.onReconnected?.();
        welcomed.add(shard);
        open(frame.shards);
        if (welcomed.size === closers.length) announceConnected();
        return;
      case 'cancel':
        options.cancel(frame.execution_id, frame.attempt, frame.graceful);
        return;
      case 'command':
        take(frame.command, session);
        return;
      default:
        frame satisfies never;
    }
  }

  function handBack(command: CommandHead, detail: string, session: Session): void {
    options.onUnreadable(command, detail);
    answer(command, session, { done: false, retryAfterMs: UNREADABLE_RETRY_MS, detail });
  }

  function take(command: Command, session: Session): void {
    const ids = held.get(session) ?? new Set();
    held.set(session, ids);
    if (ids.has(command.id)) return;
    ids.add(command.id);
    runInOrder(command.execution_id, async () => {
      if (session.signal.aborted) return;
      answer(command, session, await applySafely(command, session.signal));
      ids.delete(command.id);
    });
  }

  function answer({ id }: Pick<Command, 'id'>, session: Session, outcome: CommandOutcome): void {
    if (outcome.done) {
      session.send({ type: 'ack', command_id: id });
      return;
    }
    const { retryAfterMs: retry_after_ms, detail } = outcome;
    session.send({ type: 'nack', command_id: id, retry_after_ms, detail });
  }

  async function applySafely(command: Command, signal: AbortSignal): Promise<CommandOutcome> {
    try {
      return await options.apply(command, signal);
    } catch (error) {
      const { id, type, execution_id } = command;
      logger.error('a command could not be applied', { command_id: id, type, execution_id, error });
      return { done: false, retryAfterMs: FAILED_RETRY_MS, detail: describeError(error) };
    }
  }

  open(options.shards);
  return {
    connected,
    close() {
      for (const close of closers) close();
    },
  };
}

function shardUrl(edgeUrl: string, pool: string, shard: number): string {
  const url = new URL(edgeUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/internal/dispatch/${encodeURIComponent(pool)}/${shard}`;
  return url.href;
}
