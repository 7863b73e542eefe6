import { gzipSync } from 'node:zlib';
import type { Refusal } from './refusal.ts';

/** A whole request, for what a JSON body cannot say. Sent with the stack's key unless `headers` says otherwise. */
export interface RequestCase {
  title: string;
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  refusal: Refusal;
}

const json = { 'content-type': 'application/json' };
const create = (
  title: string,
  body: string | Uint8Array<ArrayBuffer>,
  refusal: Refusal,
  headers: Record<string, string> = json,
) => ({
  title,
  method: 'POST',
  path: '/workflows',
  headers,
  body,
  refusal,
});
const get = (title: string, path: string, refusal: Refusal): RequestCase => ({ title, path, refusal });

const STEPS = '"steps":[{"id":"a","plugin":"core","operation":"echo"}]';
const SOUND = `{"name":"bad input",${STEPS}}`;

const malformed: Refusal = { code: 'VALIDATION_ERROR', says: /not valid JSON/ };
const media: Refusal = { code: 'UNSUPPORTED_MEDIA_TYPE' };

export const REQUESTS: RequestCase[] = [
  ...['{', '{"name":', `${SOUND}}`, "{'name':'a'}", '{"name":NaN}', 'null,', '\u0000'].map((body) =>
    create(`the body ${JSON.stringify(body)}`, body, malformed),
  ),
  create('100,000 open arrays', '['.repeat(100_000), { code: 'VALIDATION_ERROR', says: /64 levels/ }),
  create('1,000,000 open objects', '{"a":'.repeat(1_000_000), { code: 'VALIDATION_ERROR', says: /64 levels/ }),
  create('a byte that is no UTF-8', Buffer.from(SOUND.replace('bad', 'b\xffd'), 'latin1'), {
    code: 'VALIDATION_ERROR',
    says: /UTF-8/,
  }),
  create('__proto__ as a key', `{"__proto__":{"x":1},${SOUND.slice(1)}`, {
    code: 'VALIDATION_ERROR',
    says: /__proto__/,
  }),
  create('__proto__ as a key of a config', SOUND.replace('"echo"', '"echo","config":{"deep":{"\\u005f_proto__":1}}'), {
    code: 'VALIDATION_ERROR',
    path: 'steps.0.config.deep.__proto__',
    says: /__proto__/,
  }),
  create('a key given twice', `{"name":"other",${SOUND.slice(1)}`, { code: 'VALIDATION_ERROR', says: /"name".*twice/ }),
  create('a number past the largest', SOUND.replace('"echo"', '"echo","config":{"x":1e999}'), {
    code: 'VALIDATION_ERROR',
    path: 'steps.0.config.x',
    says: /too large/,
  }),
  create('an integer of too many digits', SOUND.replace('"echo"', '"echo","config":{"x":9007199254740993}'), {
    code: 'VALIDATION_ERROR',
    path: 'steps.0.config.x',
    says: /as a string/,
  }),
  create('half a character', SOUND.replace('bad', 'b\\ud800d'), { code: 'VALIDATION_ERROR', says: /surrogate/ }),
  create('a body of text', SOUND, media, { 'content-type': 'text/plain' }),
  create('a form', 'name=a', media, { 'content-type': 'application/x-www-form-urlencoded' }),
  // fetch gives bytes no type of its own.
  create('a body of no type', new TextEncoder().encode(SOUND), media, {}),
  create('a type that only begins as JSON', SOUND, media, { 'content-type': 'application/jsonp' }),
  create(
    'a compressed body',
    new Uint8Array(gzipSync(SOUND)),
    { ...media, says: /without Content-Encoding/ },
    { ...json, 'content-encoding': 'gzip' },
  ),
  create(
    'an idempotency key over the limit',
    SOUND,
    { code: 'VALIDATION_ERROR', says: /255/ },
    { ...json, 'idempotency-key': 'k'.repeat(256) },
  ),
  create('a body declared larger than it may be', new Uint8Array(9 * 1024 * 1024), { code: 'PAYLOAD_TOO_LARGE' }),
  create('no key', SOUND, { code: 'UNAUTHENTICATED' }, { ...json, authorization: '' }),
  create('an unknown key', SOUND, { code: 'UNAUTHENTICATED' }, { ...json, authorization: 'Bearer wf_local_nobody' }),
  get('an unknown route', '/workflow', { code: 'NOT_FOUND' }),
  get('an unknown workflow', '/workflows/wf_nothing_here', { code: 'WORKFLOW_NOT_FOUND' }),
  get('an unknown execution', '/workflows/executions/exec_nothing', { code: 'EXECUTION_NOT_FOUND' }),
  get('logs of an unknown execution', '/workflows/executions/exec_nothing/logs', { code: 'EXECUTION_NOT_FOUND' }),
  get('an id that is too long', `/workflows/executions/${'x'.repeat(201)}`, {
    code: 'VALIDATION_ERROR',
    path: 'execution_id',
  }),
  get('a page size over the limit', '/workflows?limit=101', { code: 'VALIDATION_ERROR', path: 'limit' }),
  get('a page of logs over the limit', '/workflows/executions/exec_nothing/logs?limit=10001', {
    code: 'VALIDATION_ERROR',
    path: 'limit',
  }),
  get('a page that is no number', '/workflows?page=one', { code: 'VALIDATION_ERROR', path: 'page' }),
  get('an unknown parameter', '/workflows?limits=5', {
    code: 'VALIDATION_ERROR',
    path: 'limits',
    says: /query parameter.*limit/,
  }),
  get('__proto__ as parameter', '/workflows?__proto__=1', { code: 'VALIDATION_ERROR', path: '__proto__' }),
  get('a stream that is asked for as a page', '/workflows/executions/exec_nothing/stream', {
    code: 'UPGRADE_REQUIRED',
  }),
  get('an unknown status', '/workflows/executions?status=done', { code: 'VALIDATION_ERROR', path: 'status' }),
  get('a cursor that no page answered', '/workflows/executions?cursor=xyz', { code: 'VALIDATION_ERROR' }),
  { title: 'another method', method: 'PATCH', path: '/workflows', refusal: { code: 'METHOD_NOT_ALLOWED' } },
];
