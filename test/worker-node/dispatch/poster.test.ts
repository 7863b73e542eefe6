import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEdgeClient, type EdgeClient } from '../../../worker-node/dispatch/edge-client.ts';
import { createPoster, type Poster, type PosterOptions } from '../../../worker-node/dispatch/poster.ts';
import { type EdgeServer, KEY, startEdgeServer } from './edge-server.ts';
import { delayed, logEntry, numbersOf, progress, range, recordingLogger, result } from './fixtures.ts';

let edge: EdgeServer;
let client: EdgeClient;
let dir: string;
let gone: string[];
let logger: ReturnType<typeof recordingLogger>;
const posters: Poster[] = [];

function newPoster(options: Partial<PosterOptions> = {}): Poster {
  const onGone = (executionId: string, attempt: number) => gone.push(`${executionId}.${attempt}`);
  const poster = createPoster({
    workerId: 'w1',
    edge: client,
    logger,
    spillDir: dir,
    memoryBytes: 32 * 1024 * 1024,
    onGone,
    ...options,
  });
  posters.push(poster);
  return poster;
}

/** Ends a poster in an outage: what it holds goes to the file. */
const closeInOutage = (poster: Poster): Promise<void> => {
  posters.splice(posters.indexOf(poster), 1);
  return poster.close(0);
};

beforeEach(async () => {
  edge = await startEdgeServer();
  client = createEdgeClient({ url: edge.url, key: KEY, timeoutMs: 300 });
  dir = mkdtempSync(join(tmpdir(), 'poster-'));
  gone = [];
  logger = recordingLogger();
});

afterEach(async () => {
  await Promise.all(posters.splice(0).map((poster) => poster.close(0)));
  await client.close();
  await edge.close();
  rmSync(dir, { recursive: true });
});

describe('batching', () => {
  it('posts what one turn brings for many executions in one request per lane', async () => {
    const poster = newPoster();
    for (const n of range(0, 100)) poster.post(`exec_${n}`, 1, [progress(1)], [logEntry(1)]);
    await edge.until(() => edge.stored.length === 100);
    expect(edge.requests.length).toBeLessThanOrEqual(2);
    expect(edge.stored[0]).toMatchObject({ attempt: 1, updates: [progress(1)], logs: [logEntry(1)] });
  });

  it('keeps the attempts of one execution in batches of their own', async () => {
    const poster = newPoster();
    poster.post('exec_a', 1, [progress(1)]);
    poster.post('exec_a', 2, [progress(2)]);
    await edge.until(() => edge.stored.length === 2);
    expect(edge.stored.map(({ attempt, updates }) => ({ attempt, updates }))).toEqual([
      { attempt: 1, updates: [progress(1)] },
      { attempt: 2, updates: [progress(2)] },
    ]);
  });

  it('gathers what arrives while a request is under way', async () => {
    const poster = newPoster();
    poster.post('exec_a', 1, [progress(0)]);
    edge.fault = () => {
      // The request is at the edge and not yet answered.
      for (const n of range(1, 50)) poster.post('exec_a', 1, [progress(n)]);
      edge.fault = () => undefined;
      return undefined;
    };
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length === 50);
    expect(edge.requests.length).toBe(2);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 50));
  });

  it('keeps a request under the size limit of the edge', async () => {
    const poster = newPoster();
    const large = 'x'.repeat(1024 * 1024);
    for (const n of range(0, 10)) poster.post('exec_a', 1, [progress(n, large)]);
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length === 10);
    const sizes = edge.requests.map((batches) => JSON.stringify(batches).length);
    expect(Math.max(...sizes)).toBeLessThan(4.1 * 1024 * 1024);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 10));
  });
});

describe('answers per execution', () => {
  it('repeats what is answered retry, in order, while others go on', async () => {
    const poster = newPoster();
    let refusals = 3;
    edge.answer = ({ execution_id }) => {
      if (execution_id !== 'exec_sick' || refusals === 0) return 'ok';
      refusals -= 1;
      return 'retry';
    };
    // Same last characters, same lane or not: nobody waits for the sick one.
    for (const n of range(0, 20)) {
      poster.post('exec_sick', 1, [progress(n)]);
      for (const other of range(0, 8)) poster.post(`exec_${other}`, 1, [progress(n)]);
    }
    await edge.until(() => range(0, 8).every((other) => numbersOf(edge.stored, `exec_${other}`).length === 20));
    expect(numbersOf(edge.stored, 'exec_sick')).toEqual([]);
    await edge.until(() => numbersOf(edge.stored, 'exec_sick').length === 20);
    expect(numbersOf(edge.stored, 'exec_sick')).toEqual(range(0, 20));
  });

  it('drops what waits for an attempt that is gone, and says so once', async () => {
    const poster = newPoster();
    edge.answer = () => 'gone';
    for (const n of range(0, 6_000)) poster.post('exec_a', 1, [progress(n)]);
    expect(await poster.publish('exec_a', 1, [result])).toBe('gone');
    expect(edge.requests.length).toBe(1);
    expect(await poster.publish('exec_a', 1, [result])).toBe('gone');
    expect(gone).toEqual(['exec_a.1']);
    expect(edge.stored).toEqual([]);
  });

  it('finds the one update that the edge refuses, drops it loudly and posts all others', async () => {
    const poster = newPoster();
    const malformed = { ...progress(0), step_id: 7 };
    for (const n of range(0, 40)) poster.post(`exec_${n % 10}`, 1, [progress(n)]);
    // The type is wrong on purpose: as from a worker that is newer than its edge.
    poster.post('exec_3', 1, [malformed as never]);
    for (const n of range(40, 80)) poster.post(`exec_${n % 10}`, 1, [progress(n)]);
    await edge.until(() => edge.stored.flatMap((batch) => batch.updates).length === 80);
    expect(numbersOf(edge.stored, 'exec_3')).toEqual([3, 13, 23, 33, 43, 53, 63, 73]);
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([{ execution_id: 'exec_3' }]);
  });

  it('tells the publisher of a refused update', async () => {
    const poster = newPoster();
    await expect(poster.publish('exec_a', 1, [{ ...result, type: 'unknown' } as never])).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  });
});

describe('faults', () => {
  it.each(['error', 'silence', 'cut'] as const)('posts again after %s', async (kind) => {
    const poster = newPoster();
    let faults = 2;
    edge.fault = () => (faults-- > 0 ? kind : undefined);
    for (const n of range(0, 30)) poster.post('exec_a', 1, [progress(n)]);
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length === 30);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 30));
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });

  it('repeats what was stored without an answer', async () => {
    const poster = newPoster();
    let faults = 1;
    edge.fault = () => (faults-- > 0 ? 'cut_after_storing' : undefined);
    poster.post('exec_a', 1, [progress(1)]);
    await edge.until(() => edge.stored.length === 2);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual([1, 1]);
  });

  it('lets others pass one execution whose requests always fail', async () => {
    const poster = newPoster();
    edge.fault = (batches) => (batches.some((batch) => batch.execution_id === 'exec_sick') ? 'error' : undefined);
    poster.post('exec_sick', 1, [progress(0)]);
    for (const n of range(0, 40)) poster.post(`exec_${n}`, 1, [progress(n)]);
    await edge.until(() => edge.stored.length === 40);
    expect(edge.stored.map((batch) => batch.execution_id)).not.toContain('exec_sick');
  });

  it('gives up a publication that takes too long, as unavailable', async () => {
    const poster = newPoster({ publishTimeoutMs: 50 });
    edge.fault = () => 'error';
    await expect(poster.publish('exec_a', 1, [result])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('does not send again what was given up while its request hung, however often that happens', async () => {
    const poster = newPoster({ publishTimeoutMs: 50 });
    edge.fault = () => 'silence';
    for (const _ of range(0, 3)) {
      await expect(poster.publish('exec_a', 1, [result])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    edge.fault = () => undefined;
    await poster.publish('exec_a', 1, [progress(1)]).catch(() => undefined);
    poster.post('exec_a', 1, [progress(2)]);
    await edge.until(() => numbersOf(edge.stored, 'exec_a').includes(2));
    expect(edge.stored.flatMap(({ updates }) => updates)).not.toContainEqual(result);
  });
});

describe('confirmation', () => {
  it('is known at once after an answer', async () => {
    const poster = newPoster();
    expect(await poster.publish('exec_a', 1, [result])).toBe('ok');
    const requests = edge.requests.length;
    expect(await poster.confirm('exec_a', 1)).toBe('ok');
    expect(edge.requests.length).toBe(requests);
  });

  it('comes with the answer to what waits already, without a request of its own', async () => {
    const poster = newPoster();
    poster.post('exec_a', 1, [progress(1)]);
    expect(await poster.confirm('exec_a', 1)).toBe('ok');
    expect(edge.requests.length).toBe(1);
  });

  it('asks when nothing waits, and answers gone', async () => {
    edge.answer = () => 'gone';
    expect(await newPoster().confirm('exec_a', 1)).toBe('gone');
    expect(edge.requests[0]).toEqual([{ execution_id: 'exec_a', attempt: 1, updates: [], logs: [] }]);
  });

  it('does not come from what the edge took of a start that waited', async () => {
    const poster = newPoster();
    expect(await poster.publish('exec_a', 1, [delayed])).toBe('ok');
    edge.answer = () => 'gone';
    expect(await poster.confirm('exec_a', 1)).toBe('gone');
  });

  it('does not come with the answer to news of a waiting start that is under way', async () => {
    const poster = newPoster();
    poster.post('exec_a', 1, [delayed]);
    const asked = Promise.withResolvers<string>();
    edge.fault = () => {
      edge.fault = () => undefined;
      poster.confirm('exec_a', 1).then(asked.resolve);
      return undefined;
    };
    edge.answer = ({ updates }) => (updates.length > 0 ? 'ok' : 'gone');
    expect(await asked.promise).toBe('gone');
  });

  it('does not come from news of a waiting start that an earlier process left in the file', async () => {
    const first = newPoster();
    edge.fault = () => 'cut';
    first.post('exec_a', 1, [delayed]);
    await edge.until(() => edge.requests.length > 0);
    await closeInOutage(first);
    edge.fault = () => undefined;
    const second = newPoster();
    await edge.until(() => edge.stored.length === 1);
    edge.answer = () => 'gone';
    expect(await second.confirm('exec_a', 1)).toBe('gone');
  });

  it('does not wait for the answer to what may be given up', async () => {
    const poster = newPoster({ publishTimeoutMs: 50 });
    edge.fault = () => 'silence';
    const given = poster.publish('exec_a', 1, [result]);
    const confirmed = poster.confirm('exec_a', 1);
    await expect(given).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    edge.fault = () => undefined;
    expect(await confirmed).toBe('ok');
  });

  it('waits through an outage, until the signal ends the wait', async () => {
    const poster = newPoster();
    edge.fault = () => 'cut';
    const patient = poster.confirm('exec_a', 1, new AbortController().signal);
    const impatient = new AbortController();
    const given = poster.confirm('exec_a', 1, impatient.signal);
    impatient.abort(new Error('stopped'));
    await expect(given).rejects.toThrow('stopped');
    await edge.until(() => edge.requests.length > 0);
    edge.fault = () => undefined;
    expect(await patient).toBe('ok');
  });
});

describe('memory limit and spill file', () => {
  it('spills above the limit and drains in order once the edge is back', async () => {
    const poster = newPoster({ memoryBytes: 2_000 });
    edge.fault = () => 'cut';
    for (const n of range(0, 500))
      for (const id of ['exec_a', 'exec_b']) poster.post(id, 1, [progress(n)], [logEntry(n)]);
    await edge.until(() => edge.requests.length > 1);
    edge.fault = () => undefined;
    await edge.until(() => ['exec_a', 'exec_b'].every((id) => numbersOf(edge.stored, id).length >= 500));
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 500));
    expect(numbersOf(edge.stored, 'exec_b')).toEqual(range(0, 500));
    const logs = edge.stored.filter((batch) => batch.execution_id === 'exec_a').flatMap((batch) => batch.logs);
    expect(logs.map((log) => log.n)).toEqual(range(0, 500));
  });

  it('keeps the order of what is posted while the file drains', async () => {
    const poster = newPoster({ memoryBytes: 500 });
    edge.fault = () => 'cut';
    for (const n of range(0, 300)) poster.post('exec_a', 1, [progress(n)]);
    await edge.until(() => edge.requests.length > 0);
    let next = 300;
    edge.fault = () => {
      if (next < 400) poster.post('exec_a', 1, [progress(next++)]);
      return undefined;
    };
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length >= 300 && next > 301);
    const final = next;
    await poster.publish('exec_a', 1, [result]);
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length >= final);
    const numbers = numbersOf(edge.stored, 'exec_a');
    expect(numbers).toEqual(range(0, numbers.length));
  });

  it('publishes behind what the file holds of the attempt', async () => {
    const poster = newPoster({ memoryBytes: 500 });
    edge.fault = () => 'cut';
    for (const n of range(0, 300)) poster.post('exec_a', 1, [progress(n)]);
    await edge.until(() => edge.requests.length > 0);
    const published = poster.publish('exec_a', 1, [result]);
    edge.fault = () => undefined;
    expect(await published).toBe('ok');
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 300));
    expect(edge.stored.at(-1)?.updates.at(-1)).toEqual(result);
  });

  it('publishes behind what an earlier process left of the attempt, and lets others pass', async () => {
    const first = newPoster();
    edge.fault = () => 'cut';
    const large = 'x'.repeat(1024 * 1024);
    for (const n of range(0, 8)) first.post('exec_a', 1, [progress(n, large)]);
    await edge.until(() => edge.requests.length > 0);
    await closeInOutage(first);
    edge.fault = () => undefined;
    const second = newPoster();
    const [a, b] = [second.publish('exec_a', 1, [result]), second.publish('exec_e', 1, [result])];
    expect(await b).toBe('ok');
    expect(numbersOf(edge.stored, 'exec_a').length).toBeLessThan(8);
    expect(await a).toBe('ok');
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 8));
  });

  it('leaves to the next process what it could not post, in order', async () => {
    const poster = newPoster({ memoryBytes: 2_000 });
    edge.fault = () => 'cut';
    for (const n of range(0, 200)) poster.post('exec_a', 1, [progress(n)]);
    await edge.until(() => edge.requests.length > 0);
    await closeInOutage(poster);
    edge.fault = () => undefined;
    newPoster();
    await edge.until(() => numbersOf(edge.stored, 'exec_a').length >= 200);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual(range(0, 200));
  });

  it('forgets posted rows: a further process posts nothing again', async () => {
    const first = newPoster();
    edge.fault = () => 'cut';
    first.post('exec_a', 1, [progress(1)]);
    await edge.until(() => edge.requests.length === 1);
    await closeInOutage(first);
    edge.fault = () => undefined;
    const second = newPoster();
    await second.publish('exec_a', 1, [result]);
    await closeInOutage(second);
    const stored = edge.stored.length;
    const third = newPoster();
    await third.publish('exec_b', 1, [result]);
    expect(edge.stored.length).toBe(stored + 1);
  });

  it('gives two workers that share a folder a file each', async () => {
    const [first, second] = [newPoster(), newPoster()];
    edge.fault = () => 'cut';
    first.post('exec_a', 1, [progress(1)]);
    second.post('exec_b', 1, [progress(2)]);
    await edge.until(() => edge.requests.length === 2);
    await Promise.all([closeInOutage(first), closeInOutage(second)]);
    edge.fault = () => undefined;
    newPoster();
    newPoster();
    await edge.until(() => edge.stored.length === 2);
    expect(edge.stored.map((batch) => batch.execution_id).sort()).toEqual(['exec_a', 'exec_b']);
  });

  it('posts what is in memory before it closes', async () => {
    const poster = newPoster({ pace: { leastMs: 10_000, mostMs: 10_000 } });
    await poster.publish('exec_a', 1, [progress(0)]);
    poster.post('exec_a', 1, [progress(1)]);
    posters.splice(posters.indexOf(poster), 1);
    await poster.close(5_000);
    expect(numbersOf(edge.stored, 'exec_a')).toEqual([0, 1]);
  });
});
