import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { refusal, request, send } from '../stream/api.ts';
import { created, newExecution } from './executions.ts';
import { key, nested } from './worker-requests.ts';

describe('/internal/outputs', () => {
  it('stores JSON under a reference and answers it again', async () => {
    const json = JSON.stringify({ rows: ['ä', 1, null] });
    const stored = await send('PUT', '/internal/outputs/exec_1/2/my.step-1/3', key, json);
    const ref = await stored.json<{ $ref: string; size: number; sha256: string }>();
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(json));
    expect(ref).toEqual({
      $ref: 'output://exec_1/2/my.step-1/3',
      size: new TextEncoder().encode(json).length,
      sha256: Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    });
    const read = await request(`/internal/outputs?ref=${encodeURIComponent(ref.$ref)}`, key);
    expect(await read.text()).toBe(json);
  });

  it.each(['output://exec_1/9/s0/1', 'outputs/default/exec_1', ''])('does not know %s', async (ref) => {
    const response = await request(`/internal/outputs?ref=${encodeURIComponent(ref)}`, key);
    expect(await refusal(response)).toEqual({ status: 404, code: 'OUTPUT_NOT_FOUND' });
  });

  it('refuses what is not JSON, and numbers that are none', async () => {
    expect(await refusal(await send('PUT', '/internal/outputs/exec_1/1/s0/1', key, '{'))).toMatchObject({
      status: 400,
    });
    expect(await refusal(await send('PUT', '/internal/outputs/exec_1/x/s0/1', key, '{}'))).toMatchObject({
      status: 400,
    });
  });

  it('takes an output nested as deep as the limit and refuses one level more', async () => {
    const path = '/internal/outputs/exec_1/1/deep/1';
    expect((await send('PUT', path, key, nested(LIMITS.jsonDepth))).status).toBe(200);
    expect(await refusal(await send('PUT', path, key, nested(LIMITS.jsonDepth + 1)))).toEqual({
      status: 400,
      code: 'VALIDATION_ERROR',
    });
  });

  it('takes an output at the limit and refuses one byte more', async () => {
    const json = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
    const path = '/internal/outputs/exec_1/1/big/1';
    expect((await send('PUT', path, key, json(LIMITS.outputBytes))).status).toBe(200);
    expect(await refusal(await send('PUT', path, key, json(LIMITS.outputBytes + 1)))).toEqual({
      status: 413,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });
});

describe('GET /internal/plans', () => {
  it('answers the plan of an attempt', async () => {
    const input = newExecution();
    const { id } = await created(input);
    expect(await (await request(`/internal/plans/${id}/1`, key)).json()).toEqual(input.plan);
    expect((await request(`/internal/plans/${id}/2`, key)).status).toBe(404);
    expect((await request('/internal/plans/exec_unknown/1', key)).status).toBe(404);
  });
});
