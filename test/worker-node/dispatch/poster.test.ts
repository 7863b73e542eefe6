import { describe, expect, it } from 'vitest';
import { logEntry, numbersOf, progress, range, result } from './fixtures.ts';
import { edge, gone, logger, newPoster } from './posters.ts';

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
