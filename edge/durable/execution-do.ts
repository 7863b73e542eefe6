import { DurableObject } from 'cloudflare:workers';
import type { ExecutionCore, StopRequest as StopFields } from '../../shared/domain/execution-state.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { LogPage } from '../../shared/schemas/log.ts';
import type { Plan } from '../../shared/schemas/plan.ts';
import type { UpdateAnswer, UpdateBatch } from '../../shared/schemas/update.ts';
import type { Warning } from '../../shared/schemas/warning.ts';
import type { Env } from '../env.ts';
import { answerClose } from './answer-close.ts';
import {
  type ChangeListener,
  createExecution,
  type LiveExecution,
  type LiveExecutionDeps,
  openExecution,
} from './execution/live-execution.ts';
import { logIds } from './execution/logs.ts';
import { readOutput } from './execution/read-output.ts';
import { createReceivers } from './execution/receivers.ts';
import { EXECUTION_MIGRATIONS } from './execution/schema.ts';
import { stopEntry } from './execution/stop-entry.ts';
import { createStream, type ExecutionStream } from './execution/stream.ts';
import type {
  ChainPageAddress,
  CreatedExecution,
  CreateExecutionInput,
  EventPage,
  ExecutionApi,
  LogQuery,
  OutputAnswer,
  StopRequest,
} from './execution-api.ts';
import { isMigrated, migrate } from './sqlite/migrate.ts';
import { ALARM_RETRY_MS } from './timers.ts';

const LONGEST_WAIT_MS = 60_000;

/** One execution; see ExecutionApi. Its parts are in `execution/`. */
export class ExecutionDO extends DurableObject<Env> implements ExecutionApi {
  readonly #deps: LiveExecutionDeps;
  readonly #stream: ExecutionStream;
  readonly #endListeners = new Set<() => void>();
  #live: LiveExecution | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#stream = createStream(ctx, () => this.#open());
    const listener: ChangeListener = {
      ...this.#stream.listener,
      onEnd: () => {
        for (const wake of this.#endListeners) wake();
      },
    };
    this.#deps = { storage: ctx.storage, receivers: createReceivers(env), listener, now: Date.now };
  }

  async create(input: CreateExecutionInput): Promise<CreatedExecution> {
    const known = this.#open();
    if (known) return { created: false, execution: known.render() };
    migrate(this.ctx.storage, EXECUTION_MIGRATIONS);
    const live = createExecution(this.#deps, input);
    this.#live = live;
    const accepted = live.render();
    void live.sendAll();
    await live.outbox.drain('index');
    return { created: true, execution: accepted };
  }

  async get(): Promise<Execution | null> {
    return this.#open()?.render() ?? null;
  }

  async warnings(): Promise<Warning[] | null> {
    const live = this.#open();
    return live ? (live.meta.warnings ?? []) : null;
  }

  async events(afterSeq: number, limit: number): Promise<EventPage | null> {
    const live = this.#open();
    if (!live) return null;
    const events = live.store.eventsAfter(afterSeq, limit);
    return { events, more: (events.at(-1)?.seq ?? afterSeq) < live.state().core.seq };
  }

  async logs(query: LogQuery): Promise<LogPage | 'bad_cursor' | null> {
    const live = this.#open();
    return live ? live.logs.page(live.state().header.execution_id, query, logIds(live.meta)) : null;
  }

  async output(stepId: string): Promise<OutputAnswer | null> {
    const live = this.#open();
    return live ? readOutput(live, this.#deps.receivers.outputs, stepId) : null;
  }

  async plan(attempt: number): Promise<Plan | null> {
    const text = this.#open()?.store.planText(attempt) ?? null;
    return text === null ? null : JSON.parse(text);
  }

  async saveChainPage(address: ChainPageAddress, json: string): Promise<'ok' | 'gone'> {
    const live = this.#open();
    if (!live) return 'gone';
    const { core } = live.state();
    if (address.attempt !== core.attempt || core.end !== null) return 'gone';
    this.ctx.storage.transactionSync(() => live.chainPages.save(address, json));
    live.watchdog.mention(Date.now(), null);
    return 'ok';
  }

  async chainPage(address: ChainPageAddress): Promise<string | null> {
    return this.#open()?.chainPages.get(address) ?? null;
  }

  async stop(request: StopRequest): Promise<Execution | null> {
    const live = this.#open();
    if (!live) return null;
    const { core } = live.state();
    const stop: StopFields = {
      reason: request.reason ?? null,
      graceful: request.graceful ?? true,
      cleanup_resources: request.cleanup_resources ?? true,
      save_partial_results: request.save_partial_results ?? true,
    };
    const first = core.stop === null;
    if (core.end === null && (first || (core.stop?.graceful && !stop.graceful)))
      live.take({
        inputs: [{ type: 'stop_requested', stop }],
        logs: first ? [stopEntry(stop.reason, this.#deps.now())] : [],
        outbox: [
          first && core.started_at === null
            ? { lane: 'dispatch', kind: 'withdraw' }
            : { lane: 'dispatch', kind: 'stop', graceful: stop.graceful },
        ],
      });
    return live.render();
  }

  async ingest(batch: UpdateBatch): Promise<UpdateAnswer> {
    try {
      const live = this.#open();
      if (!live) return 'gone';
      const { core } = live.state();
      if (batch.attempt !== core.attempt || core.end?.withdrawn) return 'gone';
      if (startsAfterStop(core, batch)) {
        live.take({ inputs: [{ type: 'withdrawn', at: new Date(this.#deps.now()).toISOString() }] });
        return 'gone';
      }
      // An answer to the watchdog's question that says nothing new is no reason to ask again soon.
      const news = live.take({ inputs: batch.updates, logs: batch.logs });
      if (news && core.end === null) live.watchdog.mention(Date.now(), null);
      return 'ok';
    } catch (error) {
      console.error(`execution ${batch.execution_id}: a batch could not be stored`, error);
      return 'retry';
    }
  }

  async living(attempt: number, quietUntil: string | null): Promise<void> {
    const live = this.#open();
    if (!live || live.state().core.end !== null || live.state().core.attempt !== attempt) return;
    live.watchdog.mention(Date.now(), quietUntil === null ? null : Date.parse(quietUntil));
  }

  async awaitEnd(timeoutMs: number): Promise<Execution | null> {
    const live = this.#open();
    if (!live) return null;
    if (live.state().core.end === null) await this.#ended(Math.min(timeoutMs, LONGEST_WAIT_MS));
    return live.render();
  }

  override async alarm(): Promise<void> {
    const live = this.#open();
    if (!live) return;
    const now = Date.now();
    let notBefore = 0;
    try {
      // All or nothing: a timer that was taken without what follows from it would be lost.
      this.ctx.storage.transactionSync(() => {
        for (const { name, count } of live.timers.takeDue(now)) {
          if (name !== 'watchdog' || live.state().core.end !== null) continue;
          live.outbox.add({ lane: 'dispatch', kind: 'reconcile' }, now);
          live.watchdog.bark(now, count);
        }
      });
      await live.sendAll();
    } catch (error) {
      console.error(`execution ${live.state().header.execution_id}: the alarm failed`, error);
      notBefore = now + ALARM_RETRY_MS;
    } finally {
      live.timers.rearm(notBefore);
    }
  }

  /** `GET /stream?after_seq=&logs=`, a WebSocket upgrade or server-sent events. */
  override async fetch(request: Request): Promise<Response> {
    return this.#stream.connect(request);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
  }

  #open(): LiveExecution | null {
    if (this.#live === null && isMigrated(this.ctx.storage)) {
      migrate(this.ctx.storage, EXECUTION_MIGRATIONS);
      this.#live = openExecution(this.#deps);
    }
    return this.#live;
  }

  #ended(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#endListeners.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#endListeners.add(wake);
    });
  }
}

/** The first news of a run that was stopped before it was heard of. Nothing is done yet: its first step waits for the answer. */
const startsAfterStop = ({ stop, started_at, end }: ExecutionCore, { updates }: UpdateBatch): boolean =>
  stop !== null && started_at === null && end === null && updates.some(({ type }) => type === 'execution_started');
