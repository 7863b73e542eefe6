import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished } from 'vitest';
import { fold } from '../../../shared/domain/fold.ts';
import type { ExecutionEvent, StreamFrame } from '../../../shared/schemas/event.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../../shared/schemas/execution-status.ts';
import type { Api } from '../../stack/api.ts';

/** A viewer that follows an execution through every fault, and holds the stream against GET. */
export interface Watch {
  /** The first state that satisfies the condition, as the stream tells it; `what` is for the message when none does. */
  until(what: string, condition: (execution: Execution) => boolean, limitMs?: number): Promise<Execution>;
  /**
   * The execution once it has ended. Then the events must have come without a gap or a repetition, be the ones that the
   * list of events answers, and fold to what GET answered at every seq at which it was asked.
   */
  ended(limitMs?: number): Promise<Execution>;
}

const REDIAL_MS = 100;
const ASK_MS = 25;
const LIMIT_MS = 60_000;

export function watch(api: Api, id: string): Watch {
  const events: ExecutionEvent[] = [];
  const told = new Map<number, Execution>();
  const answered = new Map<number, Execution>();
  const waiting = new Set<() => void>();
  let state: Execution | undefined;
  let over = false;
  let socket: WebSocket | undefined;
  connect();
  const asking = ask();
  onTestFinished(stop);

  async function stop(): Promise<void> {
    over = true;
    socket?.close();
    await asking;
  }

  function connect(): void {
    if (over) return;
    socket = api.viewer(id, state ? `?after_seq=${state.seq}` : '');
    socket.onmessage = ({ data }) => take(JSON.parse(String(data)));
    socket.onclose = () => setTimeout(connect, REDIAL_MS);
  }

  function take(frame: StreamFrame): void {
    if ('snapshot' in frame) tell(frame.snapshot);
    else if (Array.isArray(frame)) for (const event of frame) takeEvent(event);
  }

  function takeEvent(event: ExecutionEvent): void {
    events.push(event);
    // Before the snapshot there is nothing to fold into; the list of seqs will show it.
    if (state) tell(fold(state, event));
  }

  function tell(next: Execution): void {
    state = next;
    told.set(next.seq, next);
    for (const check of waiting) check();
  }

  async function ask(): Promise<void> {
    while (!over) {
      // An edge that is down right now is part of the game.
      const answer = await api.getExecution(id).catch(() => undefined);
      if (answer) answered.set(answer.seq, answer);
      await sleep(ASK_MS);
    }
  }

  async function compare(): Promise<void> {
    const first = Math.min(...told.keys());
    const seqs = Array.from({ length: Math.max(...told.keys()) - first }, (_, i) => first + 1 + i);
    expect(events.map(({ seq }) => seq)).toEqual(seqs);
    expect(await allEvents(api, id, first)).toEqual(events);
    for (const [seq, answer] of answered) {
      if (seq >= first) expect(told.get(seq), `the stream at seq ${seq}`).toEqual(answer);
    }
  }

  const self: Watch = {
    until(what, condition, limitMs = LIMIT_MS) {
      const { promise, resolve, reject } = Promise.withResolvers<Execution>();
      const check = () => state && condition(state) && resolve(state);
      const late = setTimeout(
        () => reject(new Error(`${what}: not within ${limitMs / 1_000} s, but ${JSON.stringify(state)}`)),
        limitMs,
      );
      waiting.add(check);
      check();
      return promise.finally(() => {
        clearTimeout(late);
        waiting.delete(check);
      });
    },
    async ended(limitMs) {
      await self.until(`${id} ends`, ({ status }) => isTerminalExecution(status), limitMs);
      await stop();
      const execution = await api.getExecution(id);
      answered.set(execution.seq, execution);
      await compare();
      return execution;
    },
  };
  return self;
}

/** The events after `seq`, page by page. */
export async function allEvents(api: Api, id: string, seq = 0): Promise<ExecutionEvent[]> {
  const events: ExecutionEvent[] = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? seq;
    const page = await api.data<ExecutionEvent[]>(
      'GET',
      `/workflows/executions/${id}/events?limit=1000&after_seq=${after}`,
    );
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** Whether the step has this status. */
export const stepIs =
  (id: string, ...statuses: string[]) =>
  ({ step_details }: Execution): boolean =>
    step_details.some((step) => step.id === id && statuses.includes(step.status));
