import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import { CreatedWorkflow } from '../../../shared/schemas/workflow.ts';
import specExample from '../../spec/create-workflow.request.json' with { type: 'json' };
import { rest } from './caller.ts';
import { create, echo, minimal } from './workflow-inputs.ts';

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
