import { describe, expect, it } from 'vitest';
import { delayed, progress, result } from './fixtures.ts';
import { closeInOutage, edge, newPoster } from './posters.ts';

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
