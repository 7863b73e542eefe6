import { beforeAll, describe, expect, it } from 'vitest';
import type { LogUpdate, Update } from '../../../shared/schemas/update.ts';
import { newKey } from '../api/client.ts';
import { refusal, request, send } from '../stream/api.ts';
import { at, batch, created, result, started, stepStarted } from './executions.ts';
import { key } from './worker-requests.ts';

let reader: string;
beforeAll(async () => {
  reader = await newKey(['read']);
});

const HALF = '\ud83d';
const WHOLE = '\ufffd';
const error = { code: `C${HALF}`, message: `m${HALF}`, retryable: false, details: { [HALF]: [HALF] } };
const usage = { cluster_id: HALF, workers: null, cpu_usage: null, memory_usage: null };
const end = {
  step_id: 's0',
  status: 'failed' as const,
  tries: 1,
  started_at: at(2),
  completed_at: at(8),
  output: { [`k${HALF}`]: HALF },
  error,
  usage,
  artifacts: ['artifact://e/s/model'],
};
const updates: Update[] = [
  started(),
  stepStarted('s0', 2),
  {
    type: 'step_progress',
    step_id: 's0',
    try: 1,
    n: 0,
    progress: { percentage: 1, current_operation: `o${HALF}` },
    usage,
  },
  { type: 'step_try_failed', step_id: 's0', try: 1, started_at: at(2), at: at(3), error },
  { type: 'step_ended', result: end },
];
const log: LogUpdate = {
  source: 's0/1',
  n: 0,
  timestamp: at(3),
  level: 'INFO',
  step_id: 's0',
  plugin: HALF,
  message: `log ${HALF}\0😀`,
  metadata: { [HALF]: { deep: [HALF] } },
};
const post = (body: unknown) => send('POST', '/internal/updates', key, body);

/** An answer as a strict reader takes it: no half characters, neither as they are nor escaped. */
async function strict(response: Response) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await response.arrayBuffer());
  expect(text).not.toMatch(/\\u[dD][89a-fA-F]/);
  return text;
}

describe('half characters in what a worker posts', () => {
  it('become U+FFFD before anything is stored: every answer and stream can be read, and they say the same', async () => {
    const { id } = await created();
    const base = `/v1/workflows/executions/${id}`;
    const socket = (await request(`${base}/stream?logs=true`, reader, { headers: { Upgrade: 'websocket' } })).webSocket;
    const frames: string[] = [];
    const logged = new Promise<void>((resolve) => {
      socket?.addEventListener('message', ({ data }) => {
        frames.push(String(data));
        if (String(data).startsWith('{"log"')) resolve();
      });
    });
    socket?.accept();
    const batches = [batch(id, updates, { logs: [log] })];
    expect(await (await post({ worker_id: `w${HALF}`, batches })).json()).toEqual({ answers: ['ok'] });
    await logged;
    socket?.close();

    for (const frame of frames) expect(frame).not.toMatch(/\\u[dD][89a-fA-F]|\p{Cs}/u);
    const seen = JSON.parse(frames.find((frame) => frame.startsWith('{"log"')) ?? '').log;
    const { data } = JSON.parse(await strict(await request(`${base}/logs`, reader)));
    expect(data.logs).toEqual([seen]);
    expect(seen).toMatchObject({
      plugin: WHOLE,
      message: `log ${WHOLE}\0😀`,
      metadata: { [WHOLE]: { deep: [WHOLE] } },
    });

    const step = JSON.parse(await strict(await request(base, reader))).data.step_details[0];
    expect(step).toMatchObject({
      output: { [`k${WHOLE}`]: WHOLE },
      error: { code: `C${WHOLE}`, message: `m${WHOLE}`, details: { [WHOLE]: [WHOLE] } },
      artifacts: ['artifact://e/s/model'],
    });
    await strict(await request(`${base}/events?limit=1000`, reader));
    await strict(await request(`${base}/outputs/s0`, reader));
    for (const call of ['get', 'logs', 'events'])
      await strict(
        await request(`/trpc/executions.${call}?input=${encodeURIComponent(`{"execution_id":"${id}"}`)}`, reader),
      );
  });

  it('become U+FFFD in the end of an execution and in what a worker announces', async () => {
    const { id, execution } = await created();
    const closed: Update = {
      type: 'closed',
      status: 'failed',
      at: at(9),
      error: { code: 'ENGINE_TERMINATED', message: `because ${HALF}`, step_id: null },
    };
    await post({ worker_id: 'w', batches: [batch(id, [started(), closed])] });
    expect(await execution.get()).toMatchObject({ error: { message: `because ${WHOLE}` } });

    const plugin = { name: 'text_half', summary: HALF, available: false, unavailable_reason: HALF, operations: [] };
    const announcement = {
      worker_id: 'w',
      pool: 'text-half',
      plugins: [plugin],
      capacity: {},
      temporal: { address: 'a', namespace: 'n', ui_url: null },
    };
    expect((await send('POST', '/internal/workers', key, announcement)).status).toBe(200);
    await strict(await request('/v1/plugins', reader));
  });
});

describe('the URI of an artifact that a worker posts', () => {
  it('is refused when it holds anything but printable ASCII', async () => {
    const { id } = await created();
    const strange = { ...end, artifacts: [`artifact://e/s/${HALF}`] };
    const body = { worker_id: 'w', batches: [batch(id, [started(), { type: 'step_ended', result: strange }])] };
    expect(await refusal(await post(body))).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
  });
});

describe('numbers in what a worker posts', () => {
  const withOutput = (id: string, number: string) =>
    JSON.stringify({ worker_id: 'w', batches: [batch(id, [started(), result([{ ...end, output: 'N' }])])] }).replace(
      '"N"',
      number,
    );

  it.each([
    '9007199254740993',
    '-9007199254740993.0',
    '9007199254.740993e6',
    '18446744073709551615',
    '1e400',
    '[-1E+309]',
    '{"a":[9007199254740993]}',
  ])('%s is refused, for it would become another or null', async (number) => {
    const { id, execution } = await created();
    expect(await refusal(await post(withOutput(id, number)))).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
    expect(await refusal(await send('PUT', `/internal/outputs/${id}/1/s0/1`, key, number))).toEqual({
      status: 400,
      code: 'VALIDATION_ERROR',
    });
    expect(await execution.get()).toMatchObject({ started_at: null });
  });

  it.each(['9007199254740991', '1e300', '0.12345678901234567', '"9007199254740993 1e400"', '100000000000000000000'])(
    '%s is taken',
    async (number) => {
      const { id } = await created();
      expect(await (await post(withOutput(id, number))).json()).toEqual({ answers: ['ok'] });
    },
  );
});

describe('an output that is put', () => {
  it.each([
    ['{"a":["\\ud83d"]}', 'the output at \\"a.0\\": the text holds half of a surrogate pair'],
    ['{"\\uDC00":1}', 'the key \\"\ufffd\\" holds half'],
  ])('is refused for the half character in %s, with its place', async (json, message) => {
    const response = await send('PUT', '/internal/outputs/exec_1/1/s0/1', key, json);
    expect(response.status).toBe(400);
    expect(await strict(response)).toContain(message);
  });

  it('may hold whole characters in escapes, and texts that look like half ones', async () => {
    const json = '["\\ud83d\\ude00","\\\\ud83d"]';
    expect((await send('PUT', '/internal/outputs/exec_1/1/s0/1', key, json)).status).toBe(200);
  });
});
