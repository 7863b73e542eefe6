import { runInDurableObject } from 'cloudflare:test';
import { expect, it } from 'vitest';
import { newKey } from '../api/client.ts';
import { request } from '../stream/api.ts';
import { at, batch, created, executionObject, executionOf, started, stepEnded } from './executions.ts';

const WHOLE = 'wholeCharacter';
const HALF = 'half\\ud83d';

it('half characters that an older version stored become U+FFFD in every answer and in the stream', async () => {
  const reader = await newKey(['read']);
  const { id, execution } = await created();
  const ended = stepEnded('s0', 2, 3);
  if (ended.type !== 'step_ended') throw new Error('no end');
  const output = { [WHOLE]: WHOLE };
  const log = { source: 's0/1', n: 0, timestamp: at(2), level: 'INFO' as const, step_id: 's0', plugin: 'core' };
  await execution.ingest(
    batch(id, [started(), { ...ended, result: { ...ended.result, output } }], {
      logs: [{ ...log, message: 'm', metadata: { [WHOLE]: WHOLE } }],
    }),
  );
  const object = executionObject(id);
  await runInDurableObject(object, (_instance, { storage }) => {
    for (const [table, column] of [
      ['steps', 'text'],
      ['frames', 'text'],
      ['logs', 'metadata'],
    ])
      storage.sql.exec(`UPDATE ${table} SET ${column} = replace(${column}, ?, ?)`, WHOLE, HALF);
  });
  await runInDurableObject(object, (_instance, state) => state.abort()).catch(() => undefined);

  const base = `/v1/workflows/executions/${id}`;
  for (const path of [base, `${base}/outputs/s0`, `${base}/events`, `${base}/logs`]) {
    const text = await (await request(path, reader)).text();
    expect(text).not.toMatch(/\\ud/);
    expect(text).toContain('half\ufffd');
  }
  const { webSocket } = await executionOf(id).fetch('https://execution/stream?after_seq=0', {
    headers: { Upgrade: 'websocket' },
  });
  const frames = await new Promise<string>((resolve) => {
    let all = '';
    webSocket?.addEventListener('message', ({ data }) => {
      all += String(data);
      if (all.includes('half')) resolve(all);
    });
    webSocket?.accept();
  });
  expect(frames).not.toMatch(/\\ud/);
});
