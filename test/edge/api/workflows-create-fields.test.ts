import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { create, echo, isRefused, minimal, type Refused, steps } from './workflow-inputs.ts';

const withPolicy = (retry_policy: object) => steps(echo('a', { retry_policy }));
const withResources = (resources: object) => steps(echo('a', { resources }));
const withSchedule = (schedule: object) =>
  minimal({ schedule: { type: 'cron', expression: '0 2 * * *', ...schedule } });

describe('bad input of POST /v1/workflows', () => {
  it.each<Refused>([
    ['a list as body', [], 400, 'VALIDATION_ERROR', ''],
    ['null as body', null, 400, 'VALIDATION_ERROR', ''],
    ['no name', { steps: [echo('a')] }, 400, 'VALIDATION_ERROR', 'name'],
    ['an empty name', minimal({ name: '' }), 400, 'VALIDATION_ERROR', 'name'],
    ['an invisible name', minimal({ name: ' \u200b ' }), 400, 'VALIDATION_ERROR', 'name'],
    ['a bidirectional name', minimal({ name: 'a\u202eb' }), 400, 'VALIDATION_ERROR', 'name'],
    ['a control character in the name', minimal({ name: 'a\u0000b' }), 400, 'VALIDATION_ERROR', 'name'],
    [
      'a control character in the description',
      minimal({ description: 'a\u0007b' }),
      400,
      'VALIDATION_ERROR',
      'description',
    ],
    ['a name past the limit', minimal({ name: 'x'.repeat(201) }), 400, 'VALIDATION_ERROR', 'name'],
    ['a version that is none', minimal({ version: '1' }), 400, 'VALIDATION_ERROR', 'version'],
    [
      'a description past the limit',
      minimal({ description: 'x'.repeat(10_001) }),
      400,
      'VALIDATION_ERROR',
      'description',
    ],
    ['no steps', minimal({ steps: [] }), 400, 'VALIDATION_ERROR', 'steps'],
    [
      '10,001 steps',
      steps(...Array.from({ length: 10_001 }, (_, i) => echo(`s${i}`))),
      400,
      'VALIDATION_ERROR',
      'steps',
    ],
    ['an unknown key', minimal({ stpes: [] }), 400, 'VALIDATION_ERROR', 'stpes'],
    ['an unknown key of a step', steps(echo('a', { dependson: [] })), 400, 'VALIDATION_ERROR', 'steps.0.dependson'],
    ['a step id that is none', steps(echo('1a')), 400, 'VALIDATION_ERROR', 'steps.0.id'],
    ['__proto__ as step id', steps(echo('__proto__')), 400, 'VALIDATION_ERROR', 'steps.0.id'],
    ['a step id past the limit', steps(echo('a'.repeat(129))), 400, 'VALIDATION_ERROR', 'steps.0.id'],
    ['a number as duration', steps(echo('a', { timeout: 30 })), 400, 'VALIDATION_ERROR', 'steps.0.timeout'],
    ['a duration without a unit', steps(echo('a', { timeout: '30' })), 400, 'VALIDATION_ERROR', 'steps.0.timeout'],
    ['a duration of zero', steps(echo('a', { timeout: '0s' })), 400, 'VALIDATION_ERROR', 'steps.0.timeout'],
    ['a negative duration', steps(echo('a', { timeout: '-5s' })), 400, 'VALIDATION_ERROR', 'steps.0.timeout'],
    ['a step timeout past 30d', steps(echo('a', { timeout: '31d' })), 400, 'VALIDATION_ERROR', 'steps.0.timeout'],
    ['a workflow timeout past 365d', minimal({ timeout: '366d' }), 400, 'VALIDATION_ERROR', 'timeout'],
    ['zero tries', withPolicy({ max_attempts: 0 }), 400, 'VALIDATION_ERROR', 'steps.0.retry_policy.max_attempts'],
    ['101 tries', withPolicy({ max_attempts: 101 }), 400, 'VALIDATION_ERROR', 'steps.0.retry_policy.max_attempts'],
    ['half a try', withPolicy({ max_attempts: 1.5 }), 400, 'VALIDATION_ERROR', 'steps.0.retry_policy.max_attempts'],
    [
      'a shrinking backoff',
      withPolicy({ backoff_coefficient: 0.5 }),
      400,
      'VALIDATION_ERROR',
      'steps.0.retry_policy.backoff_coefficient',
    ],
    [
      'a bad interval',
      withPolicy({ initial_interval: 'soon' }),
      400,
      'VALIDATION_ERROR',
      'steps.0.retry_policy.initial_interval',
    ],
    [
      'an unknown key of a policy',
      withPolicy({ max_attempt: 2 }),
      400,
      'VALIDATION_ERROR',
      'steps.0.retry_policy.max_attempt',
    ],
    [
      'fewer than one worker',
      withResources({ min_workers: 0 }),
      400,
      'VALIDATION_ERROR',
      'steps.0.resources.min_workers',
    ],
    [
      'more least than most workers',
      withResources({ min_workers: 3, max_workers: 2 }),
      400,
      'VALIDATION_ERROR',
      'steps.0.resources.min_workers',
    ],
    [
      'more workers than the pool has',
      withResources({ max_workers: 11 }),
      422,
      'RESOURCE_INSUFFICIENT',
      'steps.0.resources.max_workers',
    ],
    [
      'a node type that the pool lacks',
      withResources({ node_type: 'i3.xlarge' }),
      422,
      'RESOURCE_INSUFFICIENT',
      'steps.0.resources.node_type',
    ],
    [
      'a cron of six fields',
      withSchedule({ expression: '* * * * * *' }),
      400,
      'VALIDATION_ERROR',
      'schedule.expression',
    ],
    ['a cron out of range', withSchedule({ expression: '61 * * * *' }), 400, 'VALIDATION_ERROR', 'schedule.expression'],
    [
      'a cron that never fires',
      withSchedule({ expression: '0 0 30 2 *' }),
      400,
      'VALIDATION_ERROR',
      'schedule.expression',
    ],
    ['an empty zone', withSchedule({ timezone: '' }), 400, 'VALIDATION_ERROR', 'schedule.timezone'],
    ['a zone that is a number', withSchedule({ timezone: '5' }), 400, 'VALIDATION_ERROR', 'schedule.timezone'],
    ['an unknown zone', withSchedule({ timezone: 'Mars/Olympus' }), 400, 'VALIDATION_ERROR', 'schedule.timezone'],
    ['another kind of schedule', withSchedule({ type: 'interval' }), 400, 'VALIDATION_ERROR', 'schedule.type'],
    [
      'a recipient without @',
      minimal({ notifications: { on_success: ['nobody'] } }),
      400,
      'VALIDATION_ERROR',
      'notifications.on_success.0',
    ],
    [
      'two recipients in one',
      minimal({ notifications: { on_failure: ['a@b.example, c@d.example'] } }),
      400,
      'VALIDATION_ERROR',
      'notifications.on_failure.0',
    ],
    [
      '101 recipients',
      minimal({ notifications: { on_failure: Array(101).fill('a@b.example') } }),
      400,
      'VALIDATION_ERROR',
      'notifications.on_failure',
    ],
    ['51 tags', minimal({ tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }), 400, 'VALIDATION_ERROR', 'tags'],
    ['a tag past the limit', minimal({ tags: ['x'.repeat(65)] }), 400, 'VALIDATION_ERROR', 'tags.0'],
    ['a comma in a tag', minimal({ tags: ['a,b'] }), 400, 'VALIDATION_ERROR', 'tags.0'],
    ['an empty tag', minimal({ tags: [''] }), 400, 'VALIDATION_ERROR', 'tags.0'],
    ['config that is a list', steps(echo('a', { config: [] })), 400, 'VALIDATION_ERROR', 'steps.0.config'],
    [
      'config past the limit',
      steps(echo('a', { config: { text: 'x'.repeat(LIMITS.configBytes) } })),
      400,
      'VALIDATION_ERROR',
      'steps.0.config',
    ],
    [
      'config without what it needs',
      steps({ id: 'a', plugin: 'core', operation: 'sleep' }),
      400,
      'VALIDATION_ERROR',
      'steps.0.config.duration',
    ],
    [
      'config of the wrong type',
      steps({ id: 'a', plugin: 'core', operation: 'sleep', config: { duration: 5 } }),
      400,
      'VALIDATION_ERROR',
      'steps.0.config.duration',
    ],
    [
      'config out of range',
      steps({ id: 'a', plugin: 'core', operation: 'sleep', config: { duration: '1s', count: 0 } }),
      400,
      'VALIDATION_ERROR',
      'steps.0.config.count',
    ],
    [
      'config with an unknown key',
      steps({ id: 'a', plugin: 'core', operation: 'sleep', config: { duration: '1s', x: 1 } }),
      400,
      'VALIDATION_ERROR',
      'steps.0.config.x',
    ],
  ])('refuses %s', isRefused);

  it('suggests the nearest known key', async () => {
    expect((await create(minimal({ notification: {} }))).body.error.message).toContain('did you mean "notifications"?');
  });

  it.each([
    ['a name at the limit', minimal({ name: 'x'.repeat(200) })],
    ['50 tags of 64 characters', minimal({ tags: Array.from({ length: 50 }, (_, i) => `${i}`.padStart(64, 't')) })],
    ['100 recipients', minimal({ notifications: { on_failure: Array(100).fill('a@b.example') } })],
    ['a step id at the limit', steps(echo('a'.repeat(128)))],
    ['a step timeout of 30d', steps(echo('a', { timeout: 'P30D' }))],
    ['100 tries', withPolicy({ max_attempts: 100 })],
    [
      'an expression where a value will be',
      steps({ id: 'a', plugin: 'core', operation: 'sleep', config: { duration: '${{ parameters.wait }}' } }),
    ],
    ['hostile names in a config', steps(echo('a', { config: { constructor: 1, prototype: { toString: 2 } } }))],
  ])('takes %s', async (_, body) => {
    expect((await create(body)).status).toBe(201);
  });
});
