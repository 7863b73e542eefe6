import { advance, announce } from '../../../shared/domain/advance.ts';
import type { Input } from '../../../shared/domain/apply.ts';
import { dropsOutputs } from '../../../shared/domain/drop-outputs.ts';
import { createState, type ExecutionState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import type { LogEntry } from '../../../shared/schemas/log.ts';
import type { LogUpdate } from '../../../shared/schemas/update.ts';
import type { CreateExecutionInput } from '../execution-api.ts';
import { createDocuments } from '../sqlite/documents.ts';
import { createTimers, type Timers } from '../timers.ts';
import { type ChainPages, createChainPages } from './chain-pages.ts';
import { type Frame, oneFrame, toFrames } from './frames.ts';
import { createExecutionLogs, type ExecutionLogs, logIds } from './logs.ts';
import { createOutbox, type Outbox, type OutboxEntry } from './outbox.ts';
import type { Receivers } from './receivers.ts';
import { scrubEvent } from './scrub-event.ts';
import { createSend } from './send.ts';
import { createExecutionStore, type ExecutionMeta, type ExecutionStore } from './store.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

export type TimerName = 'watchdog' | 'outbox';

/** What happens to an execution in one transaction. */
export interface Change {
  inputs: readonly Input[];
  logs?: readonly LogUpdate[];
  /** To be sent because of it, beside what follows from the state. */
  outbox?: readonly OutboxEntry[];
}

/** An execution in its object's memory and database, which always agree. */
export interface LiveExecution {
  readonly meta: ExecutionMeta;
  readonly store: ExecutionStore;
  readonly logs: ExecutionLogs;
  readonly chainPages: ChainPages;
  readonly outbox: Outbox;
  readonly timers: Timers<TimerName>;
  readonly watchdog: Watchdog;
  state(): ExecutionState;
  render(): Execution;
  /** All or nothing; when it throws, the state is what it was. Answers whether it brought anything new. */
  take(change: Change): boolean;
  /** Sends what is due to be sent; never rejects. */
  sendAll(): Promise<void>;
}

/** Told after a change is stored, in the same turn. */
export interface ChangeListener {
  onFrame(frame: Frame): void;
  onLogs(entries: readonly LogEntry[]): void;
  onEnd(): void;
}

export interface LiveExecutionDeps {
  storage: DurableObjectStorage;
  receivers: Receivers;
  listener: ChangeListener;
  /** Milliseconds since 1970. */
  now(): number;
}

/** An entry that was not sent when it should have been (the object vanished) is sent this much later. */
const OUTBOX_BACKUP_MS = 5_000;
/**
 * What nobody waits for (how a running execution stands in lists, that its start need not be sent again) is sent this much
 * later: an execution that has ended by then sends its end alone.
 */
const UNHURRIED_MS = 250;
const isUnhurried = ({ kind }: OutboxEntry): boolean => kind === 'index' || kind === 'forget';

/** Stores an execution that is new, with what has to be told of it. */
export function createExecution(deps: LiveExecutionDeps, input: CreateExecutionInput): LiveExecution {
  return deps.storage.transactionSync(() => {
    const now = deps.now();
    insertExecution(deps.storage.sql, input, new Date(now).toISOString());
    const live = openExecution(deps);
    if (!live) throw new Error('the execution was not stored');
    live.outbox.add({ lane: 'index', kind: 'index' }, now);
    live.outbox.add({ lane: 'dispatch', kind: 'start' }, now);
    live.timers.ensure('outbox', now + OUTBOX_BACKUP_MS);
    live.watchdog.mention(now, null);
    return live;
  });
}

function insertExecution(sql: SqlStorage, input: CreateExecutionInput, now: string): void {
  const { header, plan, waiting_for, ...meta } = input;
  const store = createExecutionStore(sql, createDocuments(sql));
  const state = createState(header, now);
  state.core.waiting_for = waiting_for;
  store.create(meta, header, plan);
  store.appendFrames([oneFrame([announce(state, now)])]);
  store.writeCore(state.core);
}

/** The stored execution, brought to life; null when there is none. */
export function openExecution({ storage, receivers, listener, now }: LiveExecutionDeps): LiveExecution | null {
  const { sql } = storage;
  const documents = createDocuments(sql);
  const store = createExecutionStore(sql, documents);
  const loaded = store.load();
  if (!loaded) return null;
  const { meta } = loaded;
  let { state } = loaded;
  let send: ReturnType<typeof createSend> | undefined;
  let soon: ReturnType<typeof setTimeout> | null = null;
  const logs = createExecutionLogs(sql);
  const chainPages = createChainPages(documents);
  const timers = createTimers<TimerName>(storage);
  const watchdog = createWatchdog(timers);
  const live: LiveExecution = {
    meta,
    store,
    logs,
    chainPages,
    timers,
    watchdog,
    outbox: createOutbox(sql, {
      send: (entry, { tries }) => {
        send ??= createSend(live, receivers, now);
        return send(entry, tries);
      },
      now,
      onPending: (due) => timers.ensure('outbox', due),
      onError: (entry, error) =>
        console.error(`execution ${state.header.execution_id}: sending ${entry.kind} failed`, error),
    }),
    state: () => state,
    render: () => renderExecution(state),
    take,
    sendAll,
  };

  function take(change: Change): boolean {
    let stored: ReturnType<typeof write>;
    try {
      stored = storage.transactionSync(() => write(change));
    } catch (error) {
      reload();
      throw error;
    }
    // What was logged on the way to a state comes before it: a viewer may leave at the end.
    if (stored.logs.length > 0) listener.onLogs(stored.logs);
    for (const frame of stored.frames) listener.onFrame(frame);
    if (stored.ended) listener.onEnd();
    if (stored.send === 'now') void live.sendAll();
    else if (stored.send === 'soon') soon ??= setTimeout(() => void live.sendAll(), UNHURRIED_MS);
    return stored.frames.length > 0 || stored.logs.length > 0;
  }

  function write({ inputs, logs: entries = [], outbox = [] }: Change) {
    const at = now();
    const { core } = state;
    const before = { started: core.started_at !== null, ended: core.end !== null };
    const advanced = advance(state, inputs, new Date(at).toISOString());
    const { events, steps, core: coreChanged } = advanced;
    if (coreChanged) store.writeCore(core);
    for (const id of steps) {
      const step = state.steps.get(id);
      if (step) store.writeStep(id, step);
    }
    const ended = !before.ended && core.end !== null;
    const dropped = ended && dropsOutputs(core);
    if (dropped) store.rewriteEvents(scrubEvent);
    const frames = toFrames(advanced, { show: dropped ? scrubEvent : undefined });
    store.appendFrames(frames);
    const followUps: OutboxEntry[] = [...outbox];
    if (events.some((event) => event.data.step_id === undefined)) followUps.push({ lane: 'index', kind: 'index' });
    if (!before.started && !before.ended && (core.started_at !== null || (ended && !core.end?.withdrawn)))
      followUps.push({ lane: 'dispatch', kind: 'forget' });
    if (dropped) followUps.push({ lane: 'blobs', kind: 'delete_outputs' });
    for (const entry of followUps) live.outbox.add(entry, at);
    if (followUps.length > 0) timers.ensure('outbox', at + OUTBOX_BACKUP_MS);
    if (core.end !== null) watchdog.stop();
    if (ended) chainPages.clear();
    const hurried = ended || !followUps.every(isUnhurried);
    const send = followUps.length === 0 ? null : hurried ? 'now' : 'soon';
    return { frames, logs: logs.append(core.attempt, entries, logIds(meta)), ended, send };
  }

  /** Memory is ahead of a database that was rolled back. */
  function reload(): void {
    const again = store.load();
    if (!again) throw new Error('the execution has vanished from its database');
    state = again.state;
    timers.rearm();
  }

  async function sendAll(): Promise<void> {
    if (soon !== null) clearTimeout(soon);
    soon = null;
    try {
      await live.outbox.drainAll();
      const due = live.outbox.nextDue();
      if (due !== null) timers.ensure('outbox', due);
      // An execution that has ended and told everybody leaves no alarm behind.
      else if (state.core.end !== null) timers.clear('outbox');
    } catch (error) {
      // What is left is in the outbox, and its timer is set.
      console.error(`execution ${state.header.execution_id}: the outbox could not be emptied`, error);
    }
  }

  return live;
}
