import { beforeEach, expect, it } from 'vitest';
import type { Command } from '../../../shared/schemas/command.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import { createApplyCommand } from '../../../worker-node/dispatch/apply-command.ts';
import type { CommandOutcome } from '../../../worker-node/dispatch/dispatcher.ts';
import type { TemporalGateway } from '../../../worker-node/dispatch/temporal-gateway.ts';
import { SIGNAL_DELAY_MS } from '../../../worker-node/workflows/run-limits.ts';
import { payloadOf, planOf } from '../engine/plans.ts';
import { progress, range, recordingLogger, result } from './fixtures.ts';

const signal = new AbortController().signal;
const posted: Update[] = [];
const published: Update[][] = [];
const seen: unknown[] = [];
const poster = {
  post: (_id: string, _attempt: number, updates: readonly Update[]) => void posted.push(...updates),
  publish: async (_id: string, _attempt: number, updates: readonly Update[]) => {
    published.push([...updates]);
    return 'ok' as const;
  },
};

beforeEach(() => {
  posted.length = 0;
  published.length = 0;
  seen.length = 0;
});

/** An engine whose calls all end as `answer` says. */
function applier(
  answer: () => Promise<never> | Promise<void>,
  updates: Update[][] = [],
  quietUntil: string | null = null,
) {
  const gateway: Pick<TemporalGateway, 'start' | 'stop' | 'describe'> = {
    start: answer,
    stop: answer,
    describe: async () => {
      await answer();
      return { updates, quietUntil };
    },
  };
  const sightings = { seen: (...sighting: unknown[]) => void seen.push(sighting) };
  return createApplyCommand({ gateway, poster, sightings, logger: recordingLogger() });
}

/** As the gRPC client throws it. */
const grpcError = (code: number, details: string) =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
const away = () => Promise.reject(grpcError(14, 'connection refused'));

const payload = payloadOf(planOf([{ id: 'one' }]));
const base = { id: 'c1', execution_id: payload.context.execution.id, attempt: 1 };
const start: Command = { ...base, type: 'start', payload };
const stop: Command = {
  ...base,
  type: 'stop',
  payload: { reason: null, graceful: true, cleanup_resources: true, save_partial_results: true },
};
const reconcile: Command = { ...base, type: 'reconcile', payload: {} };

it('says once that a start is delayed, and hands it back each time', async () => {
  const apply = applier(away);
  expect(await apply(start, signal)).toMatchObject({ done: false, detail: '14: connection refused' });
  expect(await apply(start, signal)).toMatchObject({ done: false });
  expect(posted).toMatchObject([
    {
      type: 'start_delayed',
      reason: 'engine_down',
      detail: expect.stringMatching(/^Temporal does not take the start now; it is tried again until it does: /),
    },
  ]);
});

it('says again that a start is delayed when it was started in between', async () => {
  let up = false;
  const apply = applier(() => (up ? Promise.resolve() : away()));
  await apply(start, signal);
  up = true;
  expect(await apply(start, signal)).toEqual({ done: true });
  up = false;
  await apply(start, signal);
  expect(posted).toHaveLength(2);
});

it('ends an execution whose start the engine refuses for good', async () => {
  const apply = applier(() => Promise.reject(grpcError(3, 'blob size exceeds limit')));
  expect(await apply(start, signal)).toEqual({ done: true });
  expect(published).toMatchObject([[{ type: 'closed', status: 'failed', error: { code: 'ENGINE_REFUSED' } }]]);
});

it('says nothing of a start that it dropped with its connection', async () => {
  const lost = AbortSignal.abort();
  const apply = applier(() => Promise.reject(lost.reason));
  expect(await apply(start, lost)).toMatchObject({ done: false });
  expect([posted, published]).toEqual([[], []]);
});

it('is done with a reconcile once the edge has all pages of the truth', async () => {
  const pages = [[progress(1)], [result]];
  const apply = applier(() => Promise.resolve(), pages);
  expect(await apply(reconcile, signal)).toEqual({ done: true });
  expect(published).toEqual(pages);
  expect(seen).toEqual([]);
});

it('says of a run that only waits until when nothing is to be expected of it', async () => {
  const later = '2026-01-22T14:30:00.000Z';
  const apply = applier(() => Promise.resolve(), [[progress(1)]], later);
  expect(await apply(reconcile, signal)).toEqual({ done: true });
  expect(seen).toEqual([[base.execution_id, 1, later]]);
});

it('hands a reconcile back while the engine is away', async () => {
  expect(await applier(away)(reconcile, signal)).toMatchObject({ done: false });
});

it.each([start, reconcile])(
  'lets longer pass before a $type comes again, the longer the engine is away',
  async (command) => {
    let up = false;
    const apply = applier(() => (up ? Promise.resolve() : away()));
    const pauses = async (times: number): Promise<number[]> => {
      const outcomes: CommandOutcome[] = [];
      for (const _ of range(0, times)) outcomes.push(await apply(command, signal));
      return outcomes.map((outcome) => (outcome.done ? 0 : outcome.retryAfterMs));
    };
    const [first = 0, ...later] = await pauses(8);
    expect(first).toBeLessThanOrEqual(1_000);
    expect(later.at(-1)).toBeGreaterThanOrEqual(7_500);
    expect(Math.max(...later)).toBeLessThanOrEqual(15_000);
    up = true;
    expect(await pauses(1)).toEqual([0]);
    up = false;
    expect((await pauses(1))[0]).toBeLessThanOrEqual(1_000);
  },
);

it('hands a stop back for less time than its run waits for it', async () => {
  const apply = applier(away);
  for (const _ of range(0, 10)) {
    const outcome = await apply(stop, signal);
    expect(outcome.done ? 0 : outcome.retryAfterMs).toBeLessThan(SIGNAL_DELAY_MS);
  }
});
