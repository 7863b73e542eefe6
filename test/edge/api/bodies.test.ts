import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { rest } from './caller.ts';
import { steps, TYPES } from './protocol.ts';

const post = (raw: BodyInit, headers: Record<string, string> = {}) => rest('POST', '/v1/workflows', { raw, headers });

describe('bodies', () => {
  it.each<[string, BodyInit, number, string]>([
    ['malformed JSON', '{"name": ', 400, 'VALIDATION_ERROR'],
    ['a key given twice', '{"name": "a", "name": "b"}', 400, 'VALIDATION_ERROR'],
    ['__proto__', '{"__proto__": {"name": "a"}}', 400, 'VALIDATION_ERROR'],
    ['a number past the largest', '{"name": "w", "steps": [{"config": {"x": 1e999}}]}', 400, 'VALIDATION_ERROR'],
    ['nesting past the limit', `{"name": ${'['.repeat(64)}${']'.repeat(64)}}`, 400, 'VALIDATION_ERROR'],
    ['very deep nesting', '['.repeat(1_000_000), 400, 'VALIDATION_ERROR'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'VALIDATION_ERROR'],
    ['a text', '"text"', 400, 'VALIDATION_ERROR'],
    ['more bytes than the limit', new Uint8Array(LIMITS.bodyBytes + 1).fill(0x20), 413, 'PAYLOAD_TOO_LARGE'],
  ])('with %s are refused', async (_, raw, status, code) => {
    const answer = await post(raw);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('over the limit are refused while they stream in, whatever their length is said to be', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024 * 1024;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
      },
    });
    const { status } = await post(endless);
    expect(status).toBe(413);
    // Twice the limit, and what the stream holds ready.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it('at the limit are read', async () => {
    const body = JSON.stringify({ name: 'w', steps });
    const { status } = await post(body.padEnd(LIMITS.bodyBytes));
    expect(status).toBe(201);
  });

  it.each(TYPES)('of type "%s" are refused', async (type) => {
    for (const raw of ['{}', 'a=b', new Uint8Array([0xff])]) {
      const { status, body } = await post(raw, { 'content-type': type });
      expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });

  it.each(['gzip', 'br', 'Deflate', 'identity, gzip'])('of the encoding "%s" are refused', async (encoding) => {
    const { status, body } = await post(JSON.stringify({ name: 'w', steps }), { 'content-encoding': encoding });
    expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(body.error.message).toContain('without Content-Encoding');
  });

  it('are read when their encoding is said to be none', async () => {
    const { status } = await post(JSON.stringify({ name: 'w', steps }), { 'content-encoding': 'Identity' });
    expect(status).toBe(201);
  });

  it('are read with a charset in their type', async () => {
    const { status } = await post(JSON.stringify({ name: 'w', steps }), {
      'content-type': 'Application/JSON; charset=utf-8',
    });
    expect(status).toBe(201);
  });

  it('are refused in another charset than UTF-8', async () => {
    const { status, body } = await post(JSON.stringify({ name: 'w', steps }), {
      'content-type': 'application/json; charset=latin1',
    });
    expect([status, body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(body.error.message).toBe('the body must be UTF-8, not charset=latin1');
  });
});

describe('an empty body', () => {
  it('is named beside the fields that are missing', async () => {
    const { status, body } = await rest('POST', '/v1/workflows');
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.message).toBe('the body is empty (and 2 more, see details)');
    expect(body.error.details).toMatchObject([
      { path: '', message: 'the body is empty' },
      { path: 'name', message: 'is required' },
      { path: 'steps', message: 'is required' },
    ]);
  });

  it('is not named where no field is missing', async () => {
    const { body } = await rest('POST', '/v1/workflows/wf_1/execute?asnyc=true');
    expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(['asnyc']);
  });
});
