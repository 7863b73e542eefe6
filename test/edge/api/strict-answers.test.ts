import { describe, expect, it } from 'vitest';
import { request, send } from '../stream/api.ts';
import { key } from './caller.ts';
import { steps } from './protocol.ts';

/** The answer as a strict reader takes it; fails on half characters, as they are or escaped. */
async function strict(response: Response): Promise<{ status: number; text: string }> {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await response.arrayBuffer());
  expect(text).not.toMatch(/(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/);
  expect(JSON.parse(text)).toMatchObject({ error: expect.anything() });
  return { status: response.status, text };
}

/** A name that a message cuts between the halves of a character. */
const long = (shift: number) => `${'x'.repeat(97 + shift)}${'😀'.repeat(5)}`;

describe('an address that is no UTF-8', () => {
  it.each([
    ['/v1/workflows?name=K%F6ln', 'name'],
    ['/v1/workflows?name=%ED%A0%BD', 'name'],
    ['/v1/workflows?limit=5&tag=%FF', 'tag'],
    ['/v1/workflows?name=%C0%80', 'name'],
    ['/v1/workflows?name=%F4%90%80%80', 'name'],
    ['/v1/workflows?name=a+b%E2%82', 'name'],
    ['/v1/workflows?n%FF=1', 'n\ufffd'],
    ['/v1/workflows/executions?name=%A4&tag=%A4', 'name,tag'],
    ['/v1/workflows/executions/exec_1/stream?after_seq=%B2', 'after_seq'],
    ['/v1/workflows/wf_%F6', 'workflow_id'],
    ['/v1/workflows/executions/exec_1/outputs/%F0%9F%98', 'step_id'],
    ['/v1/workflows/executions/%FF/stream', 'execution_id'],
    ['/trpc/workflows.list?input=%7B%22name%22%3A%22K%F6ln%22%7D', 'input'],
    ['/trpc/workflows.list,workflows.list?batch=1&input=%7B%220%22%3A%22%ED%A0%BD%22%7D', 'input'],
  ])('is refused at its parameter: %s', async (path, parameters) => {
    const { status, text } = await strict(await request(path, key, { headers: { Accept: 'text/event-stream' } }));
    const { error } = JSON.parse(text);
    const { code, details } = error.data?.error ?? error;
    expect([status, code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(details.map((detail: { path: string }) => detail.path).join()).toBe(parameters);
  });

  it.each(['K%C3%B6ln', '%F0%9F%98%80', '100%', '100%+sure', '%zz', '%EF%BF%BD', 'a%00b'])(
    'is none with the name %s',
    async (name) => {
      const { status } = await request(`/v1/workflows/executions?name=${name}`, key);
      expect(status).toBe(200);
    },
  );
});

describe('an error that repeats what was sent', () => {
  it.each([
    ['a token that is no JSON', '{"a": 😀}'],
    ['a text that ends in a character', '{"name": "😀'],
    ['a key with half a character, twice', '{"\\ud83d": 1, "\\ud83d": 2}'],
    ['half a character in a key', '{"a": {"\\udc00": 1}}'],
    ['a long unknown key', `{"${long(1)}": 1, "${long(2)}": 2}`],
    [
      'an expression that begins with a character',
      JSON.stringify({ name: 'n', steps: [{ ...steps[0], config: { v: '${{ 😀 }}' } }] }),
    ],
    ...[0, 1, 2].map((shift): [string, string] => [
      `a long plugin name, ${shift}`,
      JSON.stringify({
        name: 'n',
        steps: [{ id: 'a', plugin: long(shift), operation: long(shift), depends_on: [long(shift)] }],
      }),
    ]),
    ...[0, 1, 2].map((shift): [string, string] => [
      `a long expression, ${shift}`,
      JSON.stringify({ name: 'n', steps: [{ ...steps[0], config: { v: `\${{ "${long(shift)}" + }}` } }] }),
    ]),
  ])('can be read: %s', async (_what, body) => {
    for (const path of ['/v1/workflows', '/trpc/workflows.create']) {
      const { status } = await strict(await send('POST', path, key, body));
      expect([400, 422]).toContain(status);
    }
  });

  it.each([
    '/v1/workflows/%ED%A0%80',
    '/v1/workflows/executions/%ED%A0%BD%ED%B8%80',
    '/v1/workflows/executions/exec_1/outputs/%F0%9F%98',
    '/v1/workflows?limit=%ED%A0%80&%ED%A0%80=1',
    `/v1/workflows?${encodeURIComponent(long(1))}=1`,
    '/v1/plugins/%E0%A4%A',
    '/no/%ED%A0%80',
    '/trpc/%ED%A0%80',
    '/trpc/workflows.%F0%9F%98',
    '/trpc/executions.get?input=%22%5Cud83d%22',
  ])('can be read: an address %s that is no UTF-8', async (path) => {
    const { status } = await strict(await request(path, key));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('names the place of half a character, and the digits that would change', async () => {
    const half = await strict(await send('POST', '/v1/workflows', key, '{"steps": [{"config": {"v": "\\ud83d"}}]}'));
    expect(JSON.parse(half.text).error.details).toMatchObject([{ path: 'steps.0.config.v' }]);
    const body = JSON.stringify({ name: 'n', steps: [{ ...steps[0], config: { v: '${{ 9007199254740993.0 }}' } }] });
    expect((await strict(await send('POST', '/v1/workflows', key, body))).text).toContain(
      '9007199254740993.0 is too large',
    );
  });

  it('can be read: headers of any bytes', async () => {
    const headers = { 'content-type': 'application/json; charset=ÿ', 'content-encoding': 'é', 'idempotency-key': 'ÿ' };
    await strict(await request('/v1/workflows', key, { method: 'POST', body: '{}', headers }));
  });
});
