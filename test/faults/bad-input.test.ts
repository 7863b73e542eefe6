import { afterAll, beforeAll, expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';
import type { Answer, Failure } from '../stack/api.ts';
import {
  DURATION_CASES,
  EXPRESSIONS,
  GRAPHS,
  NOTIFICATIONS,
  PLUGINS,
  RESOURCES,
  RETRY_POLICIES,
  SCHEDULES,
  SHAPES,
} from './bad-input/definitions.ts';
import { LIMIT_CASES } from './bad-input/limits.ts';
import { type BadCase, echo, misfit, withSteps } from './bad-input/refusal.ts';
import { REQUESTS } from './bad-input/requests.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';

let faults: FaultStack;
beforeAll(async () => {
  const capacity = { max_workers: 10, node_types: ['small'] };
  faults = await startFaultStack({ workerEnv: { WF_CAPACITY: JSON.stringify(capacity) } });
});
afterAll(() => faults?.stop());

/** Everything that could have been stored. */
async function stored(): Promise<unknown> {
  return Promise.all(['/workflows', '/workflows/executions'].map((path) => faults.api.data('GET', path)));
}

const create = (body: unknown): Promise<Answer<Failure>> => faults.api.call('POST', '/workflows', body);

const TABLES: [string, BadCase[]][] = [
  ['graph', GRAPHS],
  ['plugin, operation or config', PLUGINS],
  ['expression', EXPRESSIONS],
  ['shape', SHAPES],
  ['duration', DURATION_CASES],
  ['schedule', SCHEDULES],
  ['recipient', NOTIFICATIONS],
  ['retry policy', RETRY_POLICIES],
  ['resource', RESOURCES],
];

it.each(TABLES)('refuses a definition for its %s, says where, and stores nothing', async (_name, cases) => {
  const before = await stored();
  const misfits: Record<string, string> = {};
  for (const { title, body, refusal } of cases) {
    const problem = misfit(await create(body), refusal);
    if (problem) misfits[title] = problem;
  }
  expect(misfits).toEqual({});
  expect(await stored()).toEqual(before);
});

it.each(LIMIT_CASES)('keeps the limit of $title', async ({ at, past, refusal }) => {
  expect(await create(at())).toMatchObject({ status: 201 });
  const before = await stored();
  expect(misfit(await create(past()), refusal)).toBeNull();
  expect(await stored()).toEqual(before);
});

it.each(REQUESTS)('refuses $title', async ({ method = 'GET', path, headers, body, refusal }) => {
  const before = await stored();
  const { url, api_key } = faults.stack;
  const response = await fetch(`${url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${api_key}`, ...headers },
    ...(body !== undefined && { body }),
  });
  const answer = { status: response.status, headers: response.headers, body: (await response.json()) as Failure };
  expect(misfit(answer, refusal)).toBeNull();
  expect(await stored()).toEqual(before);
});

it('says which methods a route takes', async () => {
  const { headers } = await faults.api.call('DELETE', '/workflows');
  expect(headers.get('allow')).toBe('GET, POST, HEAD');
});

const EXECUTES: [string, Record<string, unknown>, string][] = [
  ['parameters that are a list', { parameters: [] }, 'parameters'],
  [
    'parameters over the limit',
    { parameters: { text: 'x'.repeat(LIMITS.parametersBytes - JSON.stringify({ text: '' }).length + 1) } },
    'parameters',
  ],
  ['an unknown priority', { priority: 'urgent' }, 'priority'],
  ['an unknown key', { paramters: {} }, 'paramters'],
  ['a name over the limit', { execution_name: 'n'.repeat(LIMITS.name + 1) }, 'execution_name'],
  ['async as text', { async: 'no' }, 'async'],
  ['an override of an unknown step', { step_overrides: { nobody: {} } }, 'step_overrides.nobody'],
  ['an override of an inherited name', { step_overrides: { constructor: {} } }, 'step_overrides.constructor'],
  ['__proto__ as override', { step_overrides: JSON.parse('{"__proto__":{}}') }, 'step_overrides.__proto__'],
  ['an override of an id', { step_overrides: { a: { id: 'b' } } }, 'step_overrides.a.id'],
  ['an override with a bad duration', { step_overrides: { a: { timeout: '0s' } } }, 'step_overrides.a.timeout'],
  [
    'an override with a bad retry policy',
    { step_overrides: { a: { retry_policy: { max_attempts: 0 } } } },
    'step_overrides.a.retry_policy.max_attempts',
  ],
  [
    'an override with a bad config',
    { step_overrides: { a: { config: { times: 0 } } } },
    'step_overrides.a.config.times',
  ],
  [
    'an override with a bad expression',
    { step_overrides: { a: { config: { message: '${{ 1 + }}' } } } },
    'step_overrides.a.config.message',
  ],
  [
    'an override with no workers',
    { step_overrides: { a: { resources: { min_workers: 0 } } } },
    'step_overrides.a.resources.min_workers',
  ],
  ['another workflow in the body', { workflow_id: 'wf_other' }, 'workflow_id'],
];

it('refuses an execute, says where, and stores nothing', async () => {
  const { id } = await faults.api.data<{ id: string }>(
    'POST',
    '/workflows',
    withSteps(echo('a', { operation: 'fail', config: { times: 1 } })),
  );
  const before = await stored();
  const misfits: Record<string, string> = {};
  for (const [title, body, path] of EXECUTES) {
    const answer = await faults.api.call<Failure>('POST', `/workflows/${id}/execute`, body);
    const problem = misfit(answer, { code: 'VALIDATION_ERROR', path });
    if (problem) misfits[title] = problem;
  }
  const unknown = await faults.api.call<Failure>('POST', '/workflows/wf_nothing/execute', {});
  const problem = misfit(unknown, { code: 'WORKFLOW_NOT_FOUND' });
  if (problem) misfits['an unknown workflow'] = problem;
  expect(misfits).toEqual({});
  expect(await stored()).toEqual(before);
});

it('serves on after all that', async () => {
  const { execution_id } = await faults.api.start([echo('a', { config: { value: 1 } })]);
  expect(await faults.api.ended(execution_id)).toMatchObject({ status: 'completed' });
});
