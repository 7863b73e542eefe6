import { foldAll } from '../domain/fold.ts';
import { createSnapshotJoiner, type WholeFrame } from '../domain/join-snapshot.ts';
import type { ExecutionEvent, StreamFrame } from '../schemas/event.ts';
import type { Execution } from '../schemas/execution.ts';
import { isTerminalExecution } from '../schemas/execution-status.ts';
import type { LogEntry } from '../schemas/log.ts';
import { pause } from './backoff.ts';
import { NotConnectedError } from './stream-socket.ts';

/** What a watch begins with, yields and ends by. */
export interface WatchOptions {
  /** Also yield the events after this seq that happened before. Default: only those from now on. */
  afterSeq?: number;
  /** A state that the caller has already; the watch goes on from it. */
  snapshot?: Execution;
  /** Also yield log entries, from now on; earlier ones are read with `executions.logs`. Default false. */
  logs?: boolean;
  /** Go on after the execution has ended. Default false. */
  follow?: boolean;
  /** Ends the watch: the iteration throws the signal's reason. */
  signal?: AbortSignal;
}

/** One step of a watch. `execution` is the state that contains `events`; either list may be empty. */
export interface WatchedChange {
  execution: Execution;
  events: ExecutionEvent[];
  logs: LogEntry[];
}

/** What a watch needs of the outside. */
export interface WatchDeps {
  /** Frames of one connection, see openStream. */
  open(query: { afterSeq: number | null; logs: boolean }): AsyncIterable<StreamFrame>;
  get(): Promise<Execution>;
  /** Whether it makes sense to try again after this error. */
  isTransient(error: unknown): boolean;
  /** Milliseconds to wait before the next connection after so many failures in a row. */
  backoff(failures: number): number;
}

/**
 * The execution as it changes, from its present state to its end. Lost connections are made again and go on after the last
 * event, so that events come in order, each once. Throws what cannot be mended by trying again: an unknown execution, a
 * key that may not read.
 */
export async function* watchExecution(
  deps: WatchDeps,
  { afterSeq, snapshot, logs = false, follow = false, signal }: WatchOptions,
): AsyncGenerator<WatchedChange, void, void> {
  let execution: Execution | null = snapshot ?? null;
  let cursor = afterSeq ?? snapshot?.seq ?? null;
  let failures = 0;
  let begun = false;
  const isOver = () =>
    !follow && execution !== null && isTerminalExecution(execution.status) && cursor === execution.seq;

  /** What a frame changes; null when events are missing before it. */
  function take(frame: WholeFrame, known: Execution | null): WatchedChange | null {
    if ('snapshot' in frame) {
      cursor = frame.snapshot.seq;
      return { execution: frame.snapshot, events: [], logs: [] };
    }
    if (known === null) return null;
    if ('log' in frame) return { execution: known, events: [], logs: [frame.log] };
    const events = frame.filter((event) => event.seq > (cursor ?? 0));
    const [first] = events;
    if (first && first.seq !== (cursor ?? 0) + 1) return null;
    cursor = events.at(-1)?.seq ?? cursor;
    return { execution: foldAll(known, events), events, logs: [] };
  }

  for (;;) {
    signal?.throwIfAborted();
    try {
      if (execution === null && cursor !== null) execution = await deps.get();
      if (execution !== null && !begun) yield { execution, events: [], logs: [] };
      begun = execution !== null;
      if (isOver()) return;
      // A snapshot whose connection is lost before it is whole begins anew.
      const join = createSnapshotJoiner();
      for await (const part of deps.open({ afterSeq: cursor, logs })) {
        const frame = join(part);
        if (frame === null) continue;
        const change = take(frame, execution);
        if (change === null) break;
        // Not for each part: a server that always breaks off inside a snapshot is asked less and less often.
        failures = 0;
        const isNews = change.execution !== execution || change.events.length > 0 || change.logs.length > 0;
        execution = change.execution;
        begun = true;
        if (isNews) yield change;
        if (isOver()) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!(await isWorthAnotherTry(error))) throw error;
    }
    failures += 1;
    await pause(deps.backoff(failures), signal);
  }

  /** The platform hides why a socket did not open; a plain request says it, by throwing what cannot be mended. */
  async function isWorthAnotherTry(error: unknown): Promise<boolean> {
    if (!(error instanceof NotConnectedError)) return deps.isTransient(error);
    try {
      await deps.get();
    } catch (reason) {
      if (!deps.isTransient(reason)) throw reason;
    }
    return true;
  }
}
