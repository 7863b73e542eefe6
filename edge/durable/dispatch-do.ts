import { DurableObject } from 'cloudflare:workers';
import { drizzle } from 'drizzle-orm/d1';
import type { Command } from '../../shared/schemas/command.ts';
import { WorkerFrame } from '../../shared/schemas/dispatch.ts';
import type { Env } from '../env.ts';
import { updateConnected } from '../repositories/workers.ts';
import { answerClose } from './answer-close.ts';
import { type CommandQueue, createCommandQueue } from './dispatch/command-queue.ts';
import { createPresence, type PresenceOutbox } from './dispatch/presence.ts';
import { DISPATCH_MIGRATIONS } from './dispatch/schema.ts';
import { createWorkerSockets, type WorkerSocket } from './dispatch/worker-sockets.ts';
import type { DispatchApi, WithdrawAnswer } from './dispatch-api.ts';
import { shardCount } from './shards.ts';
import { createDocuments } from './sqlite/documents.ts';
import { migrate } from './sqlite/migrate.ts';
import { ALARM_RETRY_MS, createTimers, type Timers } from './timers.ts';

/** Commands that one worker holds at a time: enough to keep it busy, few enough to take the rest back at once. */
const IN_FLIGHT_PER_SOCKET = 256;
/** Longest pause that a worker's nack may ask for. */
const LONGEST_NACK_MS = 600_000;
const PRESENCE_RETRY_MS = 2_000;

/** One shard of a pool's command queue; see DispatchApi. Its parts are in `dispatch/`. */
export class DispatchDO extends DurableObject<Env> implements DispatchApi {
  readonly #queue: CommandQueue;
  readonly #timers: Timers<'queue' | 'presence'>;
  readonly #presence: PresenceOutbox;
  readonly #sockets: ReturnType<typeof createWorkerSockets>;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    migrate(ctx.storage, DISPATCH_MIGRATIONS);
    this.#queue = createCommandQueue(sql, createDocuments(sql));
    this.#timers = createTimers(ctx.storage);
    this.#sockets = createWorkerSockets(ctx);
    this.#presence = createPresence(sql, (presence) =>
      updateConnected(drizzle(env.DB), { ...presence, now: new Date().toISOString() }),
    );
    this.#releaseLost();
  }

  async enqueue(commands: Command[]): Promise<{ workers: number }> {
    const now = Date.now();
    this.#dropSilent(now);
    const added = this.ctx.storage.transactionSync(() => commands.filter((command) => this.#queue.add(command, now)));
    const sockets = this.#sockets.ready();
    for (const command of added) {
      if (command.type !== 'stop') continue;
      const { execution_id, attempt, payload } = command;
      for (const socket of sockets)
        socket.sendFrame({ type: 'cancel', execution_id, attempt, graceful: payload.graceful });
    }
    this.#pump(now, sockets);
    return { workers: sockets.length };
  }

  async withdraw(executionId: string, attempt: number): Promise<WithdrawAnswer> {
    const now = Date.now();
    this.#dropSilent(now);
    return this.ctx.storage.transactionSync(() => this.#queue.withdraw(executionId, attempt, now));
  }

  async forget(executionId: string, attempt: number): Promise<void> {
    this.#queue.forget(executionId, attempt);
    this.#pump(Date.now());
  }

  /** `GET /dispatch?workspace=`: the upgrade of a worker that dials in. */
  override async fetch(request: Request): Promise<Response> {
    const workspaceId = new URL(request.url).searchParams.get('workspace');
    if (workspaceId === null || request.headers.get('Upgrade') !== 'websocket')
      return new Response(null, { status: 426 });
    const { socket, response } = this.#sockets.accept(workspaceId);
    socket.sendFrame({ type: 'welcome', shards: shardCount(this.env.DISPATCH_SHARDS) });
    return response;
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    const frame = parseFrame(message);
    if (!frame) {
      socket.close(1008, 'the frame is not understood');
      return;
    }
    const now = Date.now();
    switch (frame.type) {
      case 'hello':
        this.#hello(socket, frame.worker_id, now);
        break;
      case 'ack':
        this.#queue.acked(frame.command_id);
        break;
      case 'nack': {
        const due = now + Math.min(frame.retry_after_ms, LONGEST_NACK_MS);
        this.#queue.returned(frame.command_id, { socket: this.#sockets.of(socket).id, due, now });
        this.#timers.ensure('queue', due);
        break;
      }
      default:
        throw new Error(`unknown frame ${JSON.stringify(frame satisfies never)}`);
    }
    this.#pump(now);
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
    this.#lost(this.#sockets.of(socket));
  }

  override webSocketError(socket: WebSocket): void {
    this.#lost(this.#sockets.of(socket));
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    let notBefore = 0;
    try {
      this.#dropSilent(now);
      // All or nothing: a timer that was taken without what follows from it would be lost. What is sent twice does no harm.
      this.ctx.storage.transactionSync(() => {
        this.#timers.takeDue(now);
        this.#queue.expire(now);
        this.#pump(now);
        const due = this.#queue.nextDue(now);
        if (due !== null) this.#timers.ensure('queue', due);
      });
      await this.#tellPresence();
    } catch (error) {
      console.error('dispatch: the alarm failed', error);
      notBefore = now + ALARM_RETRY_MS;
    } finally {
      this.#timers.rearm(notBefore);
    }
  }

  /** A worker that dials in again before its old connection was seen to close replaces it. */
  #hello(socket: WebSocket, workerId: string, now: number): void {
    const named = this.#sockets.named(socket, workerId);
    for (const other of this.#sockets.ready()) {
      if (other.workerId !== workerId || other.id === named.id) continue;
      this.#queue.released(other.id, now);
      other.close(1000, 'the worker has dialled in again');
    }
    this.#presence.note({ workspaceId: named.workspaceId, workerId, connected: true });
    void this.#tellPresence();
  }

  /** A worker that froze, or whose network vanished, leaves a connection that looks alive: commands would wait on it. */
  #dropSilent(now: number): void {
    for (const socket of this.#sockets.silent(now)) {
      socket.close(1001, 'nothing was heard from the worker');
      this.#lost(socket);
    }
  }

  #lost({ id, workspaceId, workerId }: WorkerSocket): void {
    const now = Date.now();
    this.#queue.released(id, now);
    const others = this.#sockets.ready().filter((other) => other.id !== id);
    if (workerId !== null && !others.some((other) => other.workerId === workerId)) {
      this.#presence.note({ workspaceId, workerId, connected: false });
      void this.#tellPresence();
    }
    this.#pump(now, others);
  }

  /** Sends what is ready, each to the worker that holds least; what one gave back to another, if there is one. */
  #pump(now: number, sockets: readonly WorkerSocket[] = this.#sockets.ready()): void {
    if (sockets.length === 0) return;
    const held = this.#queue.inFlight();
    const rooms = sockets.map((socket) => ({ socket, free: IN_FLIGHT_PER_SOCKET - (held.get(socket.id) ?? 0) }));
    const free = rooms.reduce((sum, room) => sum + Math.max(0, room.free), 0);
    for (const command of free > 0 ? this.#queue.ready(free, now) : []) {
      const { refusedBy } = command;
      const others = refusedBy ? rooms.filter(({ free, socket }) => free > 0 && socket.id !== refusedBy) : [];
      const widest = (others.length > 0 ? others : rooms).reduce((a, b) => (b.free > a.free ? b : a));
      this.#timers.ensure('queue', this.#queue.sent(command.id, widest.socket.id, now));
      widest.socket.send(`{"type":"command","command":${command.text}}`);
      widest.free -= 1;
    }
  }

  /** What connections held that did not survive an interruption of the object comes back. */
  #releaseLost(): void {
    const open = new Set(this.#sockets.open().map((socket) => socket.id));
    for (const id of this.#queue.inFlight().keys()) if (!open.has(id)) this.#queue.released(id, Date.now());
  }

  async #tellPresence(): Promise<void> {
    if (!(await this.#presence.flush())) this.#timers.ensure('presence', Date.now() + PRESENCE_RETRY_MS);
  }
}

function parseFrame(message: string | ArrayBuffer): WorkerFrame | null {
  if (typeof message !== 'string') return null;
  try {
    return WorkerFrame.safeParse(JSON.parse(message)).data ?? null;
  } catch {
    return null;
  }
}
