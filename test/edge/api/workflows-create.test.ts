import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { CreatedWorkflow } from '../../../shared/schemas/workflow.ts';
import specExample from '../../spec/create-workflow.request.json' with { type: 'json' };
import { createRest, newKey, type Rest } from './client.ts';
import { announceWorker } from './worker.ts';

let rest: Rest;

beforeAll(async () => {
  await announceWorker();
  rest = createRest(await newKey(['read', 'write']));
});

const echo = (id: string, more: object = {}) => ({ id, plugin: 'core', operation: 'echo', ...more });
const minimal = (more: object = {}) => ({ name: 'pipeline', steps: [echo('a')], ...more });
const create = (body: unknown) => rest('POST', '/v1/workflows', { body });

describe('POST /v1/workflows', () => {
  it('stores a workflow and answers what was checked', async () => {
    const { status, body } = await create({
      name: 'Kündigungs-Prognose 2024',
      version: '1.2.0',
      description: 'Customer churn',
      steps: [echo('extract'), echo('train', { depends_on: ['extract'], timeout: '30m' })],
      schedule: { type: 'cron', expression: '0 2 * * *', timezone: 'Europe/Berlin' },
      notifications: { on_success: ['a@b.example'], on_failure: ['c@d.example'] },
      tags: ['ml', 'ml', 'churn'],
    });
    expect(status).toBe(201);
    expect(body.success).toBe(true);
    expect(CreatedWorkflow.strict().parse(body.data)).toMatchObject({
      id: expect.stringMatching(/^wf_ku_ndigungs_prognose_2024_[0-9a-z]{8}$/),
      version: '1.2.0',
      status: 'created',
      validation_results: {
        steps_valid: true,
        dependencies_resolved: true,
        plugins_available: true,
        schedule_valid: true,
      },
      estimated_cost: { compute_hours: null, estimated_usd: null },
      next_steps: [
        expect.stringContaining('Schedules do not fire yet'),
        expect.stringContaining('Notifications are not sent yet'),
        expect.stringContaining('/execute'),
      ],
    });
    const stored = await rest('GET', `/v1/workflows/${body.data.id}`);
    expect(stored.body.data).toMatchObject({
      tags: ['ml', 'churn'],
      created_by: 'user_123',
      schedule: { expression: '0 2 * * *' },
      notifications: { on_failure: ['c@d.example'] },
      steps: [{ id: 'extract' }, { id: 'train', depends_on: ['extract'], timeout: '30m' }],
      last_execution: null,
      metrics: { total_executions: 0, success_rate: null, avg_duration_seconds: null },
    });
  });

  it('takes the same name twice, since the id is the identity', async () => {
    const [first, second] = await Promise.all([create(minimal()), create(minimal())]);
    expect(first.body.data.id).not.toBe(second.body.data.id);
    expect(first.body.data.version).toBe('1.0.0');
  });

  it('stores a workflow of a plugin that is not configured, and says what to do', async () => {
    const { status, body } = await create(minimal({ steps: [{ id: 'q', plugin: 'warehouse', operation: 'query' }] }));
    expect(status).toBe(201);
    expect(body.data.validation_results.plugins_available).toBe(false);
    expect(body.data.next_steps[0]).toContain('set WAREHOUSE_URL');
  });

  it('says that exclusive resources are not held yet', async () => {
    const nextSteps = async (exclusive: string[]) =>
      (await create(minimal({ steps: [echo('train', { resources: { exclusive } })] }))).body.data.next_steps;
    expect(await nextSteps(['gpu0'])).toEqual([
      expect.stringContaining('Exclusive resources are not held yet'),
      expect.stringContaining('/execute'),
    ]);
    expect(await nextSteps([])).toEqual([expect.stringContaining('/execute')]);
  });

  it('answers PLUGIN_UNAVAILABLE for the documented example, naming plugins and steps', async () => {
    const { status, body } = await create(specExample);
    expect(status).toBe(422);
    expect(body.error.code).toBe('PLUGIN_UNAVAILABLE');
    const text = JSON.stringify(body.error.details);
    for (const name of ['snowflake', 'databricks', 'mlflow']) expect(text).toContain(name);
    for (const step of specExample.steps) expect(text).toContain(step.id);
  });

  it('keeps a definition that is too large for a row', async () => {
    const steps = Array.from({ length: 40 }, (_, i) => echo(`s${i}`, { config: { text: 'x'.repeat(20_000) } }));
    const { status, body } = await create(minimal({ steps }));
    expect(status).toBe(201);
    const stored = await rest('GET', `/v1/workflows/${body.data.id}`);
    expect(stored.body.data.steps).toEqual(steps);
  });

  it('takes 10,000 steps', async () => {
    const steps = Array.from({ length: LIMITS.steps }, (_, i) =>
      echo(`s${i}`, i > 0 ? { depends_on: [`s${i - 1}`] } : {}),
    );
    expect((await create(minimal({ steps }))).status).toBe(201);
  });

  it('lists every violation with its own code and path', async () => {
    const { status, body } = await create(
      minimal({ steps: [echo('a', { depends_on: ['a', 'nope'] }), { id: 'b', plugin: 'croe', operation: 'echo' }] }),
    );
    expect(status).toBe(422);
    expect(body.error.code).toBe('STEP_DEPENDENCY_ERROR');
    expect(body.error.details).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'STEP_DEPENDENCY_ERROR', path: 'steps.0.depends_on.0' }),
        expect.objectContaining({ code: 'STEP_DEPENDENCY_ERROR', path: 'steps.0.depends_on.1' }),
        expect.objectContaining({
          code: 'PLUGIN_UNAVAILABLE',
          path: 'steps.1.plugin',
          message: expect.stringContaining('core'),
        }),
      ]),
    );
    expect(body.error.docs).toBe('https://api.test/docs#STEP_DEPENDENCY_ERROR');
  });

  it('names what is wrong with the parts that can be read beside what its schema refuses, in both protocols', async () => {
    const input = minimal({
      steps: [
        echo('a', { depends_on: ['b'], tiemout: '5m' }),
        echo('b', { depends_on: ['a'] }),
        echo('c', { plugin: 'cor', retry_policy: 'often', config: { x: '${{ steps.zz.output }}' } }),
        { id: 'd', plugin: 'core', operation: 'sleep', config: { duration: 5, count: '${{ 1 + }}' } },
      ],
      schedule: { type: 'cron', expression: 'never' },
    });
    const inRest = await create(input);
    const inTrpc = await rest('POST', '/trpc/workflows.create', { body: input });
    for (const [status, error] of [
      [inRest.status, inRest.body.error],
      [inTrpc.status, inTrpc.body.error.data.error],
    ]) {
      expect([status, error.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect(error.details).toMatchObject([
        { code: 'VALIDATION_ERROR', path: 'steps.0.tiemout' },
        { code: 'VALIDATION_ERROR', path: 'steps.2.retry_policy' },
        { code: 'VALIDATION_ERROR', path: 'steps.3.config.count' },
        { code: 'VALIDATION_ERROR', path: 'steps.3.config.duration' },
        { code: 'VALIDATION_ERROR', path: 'schedule.expression' },
        { code: 'STEP_DEPENDENCY_ERROR', path: 'steps.0.depends_on.0' },
        { code: 'STEP_DEPENDENCY_ERROR', path: 'steps.2.config.x' },
        { code: 'PLUGIN_UNAVAILABLE', path: 'steps.2.plugin' },
      ]);
    }
  });
});

const steps = (...list: object[]) => minimal({ steps: list });
const withPolicy = (retry_policy: object) => steps(echo('a', { retry_policy }));
const withResources = (resources: object) => steps(echo('a', { resources }));
const withSchedule = (schedule: object) =>
  minimal({ schedule: { type: 'cron', expression: '0 2 * * *', ...schedule } });
const expression = (text: string, more: object = {}) => steps(echo('a'), echo('b', { config: { v: text }, ...more }));

describe('bad input of POST /v1/workflows', () => {
  it.each<[string, unknown, number, string, string]>([
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
    ['duplicate step ids', steps(echo('a'), echo('a')), 422, 'STEP_DEPENDENCY_ERROR', 'steps.1.id'],
    [
      'an unknown dependency',
      steps(echo('a', { depends_on: ['b'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'a self dependency',
      steps(echo('a', { depends_on: ['a'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'a duplicate dependency',
      steps(echo('a'), echo('b', { depends_on: ['a', 'a'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.depends_on.1',
    ],
    [
      '__proto__ as dependency',
      steps(echo('a', { depends_on: ['__proto__'] })),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.0.depends_on.0',
    ],
    [
      'an unknown plugin',
      steps({ id: 'a', plugin: 'cor', operation: 'echo' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.plugin',
    ],
    [
      'an unknown operation',
      steps({ id: 'a', plugin: 'core', operation: 'ehco' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.operation',
    ],
    [
      'a strange plugin name',
      steps({ id: 'a', plugin: '\u0000../', operation: 'x' }),
      422,
      'PLUGIN_UNAVAILABLE',
      'steps.0.plugin',
    ],
    ['an expression that does not end', expression('${{ parameters.x'), 400, 'VALIDATION_ERROR', 'steps.1.config.v'],
    ['an expression with a syntax error', expression('${{ 1 + }}'), 400, 'VALIDATION_ERROR', 'steps.1.config.v'],
    [
      'an expression with an unknown name',
      expression('${{ secrets.KEY }}'),
      400,
      'VALIDATION_ERROR',
      'steps.1.config.v',
    ],
    [
      'an expression that reads a step not upstream',
      expression('${{ steps.a.output }}'),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.config.v',
    ],
    [
      'an expression that reads an unknown step',
      expression('${{ steps.zz.output }}', { depends_on: ['a'] }),
      422,
      'STEP_DEPENDENCY_ERROR',
      'steps.1.config.v',
    ],
  ])('refuses %s', async (_, body, status, code, path) => {
    const answer = await create(body);
    expect(answer.body.error?.code).toBe(code);
    expect(answer.status).toBe(status);
    expect(answer.body.error.details.map((violation: { path: string }) => violation.path)).toContain(path);
  });

  it('names a cycle', async () => {
    const cycle = [
      echo('a', { depends_on: ['c'] }),
      echo('b', { depends_on: ['a'] }),
      echo('c', { depends_on: ['b'] }),
    ];
    const { status, body } = await create(minimal({ steps: cycle }));
    expect(status).toBe(422);
    expect(body.error.message).toMatch(/[abc] → [abc] → [abc] → [abc]/);
  });

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
