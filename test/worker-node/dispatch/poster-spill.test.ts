import { describe, expect, it } from 'vitest';
import { logEntry, numbersOf, progress, range, result } from './fixtures.ts';
import { closeInOutage, edge, newPoster, posters } from './posters.ts';

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
