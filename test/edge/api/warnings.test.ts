import { env } from 'cloudflare:test';
import { beforeEach, describe, expect, it } from 'vitest';
import { CreatedWorkflow } from '../../../shared/schemas/workflow.ts';
import { rest } from './caller.ts';
import { at, createWorkflow, execute, ingest, result } from './pipeline.ts';

const gate = (config: object) => [{ id: 'gate', plugin: 'core', operation: 'echo', config }];
const MIN = '${{ has(parameters.min_auc) ? parameters.min_auc : 0.5 }}';

let names = 0;
let name: string;
beforeEach(() => {
  name = `churn ${++names}`;
});

describe('parameters at execute', () => {
  it('that are read and not given are refused at their path, in REST and in tRPC', async () => {
    const id = await createWorkflow({ steps: gate({ min: '${{ parameters.nope }}' }) });
    const { status, body } = await execute({ parameters: { nop: 1 } }, id);
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(body.error.details).toEqual([
      { code: 'VALIDATION_ERROR', path: 'parameters.nope', message: expect.stringContaining('steps.0.config.min') },
    ]);
    const viaTrpc = await rest('POST', '/trpc/workflows.execute', { body: { workflow_id: id } });
    expect(viaTrpc.body.error.data.error.details[0].path).toBe('parameters.nope');
    expect((await rest('GET', `/v1/workflows/executions?workflow_id=${id}`)).body.data).toEqual([]);
  });

  it('are looked for after the overrides', async () => {
    const id = await createWorkflow({ steps: gate({ min: '${{ parameters.nope }}' }) });
    expect((await execute({ step_overrides: { gate: { config: { min: 1 } } } }, id)).status).toBe(202);
    const fixed = await createWorkflow({ steps: gate({ min: 1 }) });
    const refused = await execute({ step_overrides: { gate: { config: { min: '${{ parameters.a }}' } } } }, fixed);
    expect(refused.body.error.details[0].path).toBe('parameters.a');
  });

  it('that nothing reads are named, with the nearest that is read, also to a repeated request', async () => {
    const id = await createWorkflow({ steps: gate({ min: MIN }) });
    const once = { headers: { 'idempotency-key': 'unread' }, body: { parameters: { min_acu: 0.99 } } };
    const first = await rest('POST', `/v1/workflows/${id}/execute`, once);
    expect(first.body.data.warnings).toEqual([
      {
        code: 'PARAMETER_UNREAD',
        path: 'parameters.min_acu',
        message: 'no step reads parameters.min_acu; did you mean "min_auc"? (read: min_auc)',
      },
    ]);
    const second = await rest('POST', `/v1/workflows/${id}/execute`, once);
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.body.data.warnings).toEqual(first.body.data.warnings);
    expect((await execute({ parameters: { min_auc: 0.99 } }, id)).body.data.warnings).toEqual([]);
  });

  it('are what a schedule in the definition cannot give', async () => {
    const schedule = { type: 'cron', expression: '@daily' };
    const refused = await rest('POST', '/v1/workflows', {
      body: { name, steps: gate({ day: '${{ parameters.day }}' }), schedule },
    });
    expect([refused.status, refused.body.error.details[0].path]).toEqual([400, 'parameters.day']);
    const taken = await rest('POST', '/v1/workflows', { body: { name, steps: gate({ min: MIN }), schedule } });
    expect(taken.status).toBe(201);
  });
});

describe('a name that is in use', () => {
  const post = (headers: Record<string, string> = {}) =>
    rest('POST', '/v1/workflows', { body: { name, steps: gate({}) }, headers });
  const warned = (first: string) => [{ code: 'NAME_IN_USE', path: 'name', message: expect.stringContaining(first) }];

  it('is told with the id of the first workflow that has it', async () => {
    const first = await post();
    expect(CreatedWorkflow.strict().parse(first.body.data).warnings).toEqual([]);
    const second = await post();
    expect(second.status).toBe(201);
    expect(second.body.data.warnings).toEqual(warned(first.body.data.id));
    expect((await post()).body.data.warnings).toEqual(warned(first.body.data.id));
  });

  it('is told the same to a repeated request, and to the first that it was not', async () => {
    const keys = [`${name} a`, `${name} b`].map((key) => ({ 'idempotency-key': key.replaceAll(' ', '-') }));
    const [first, second] = [await post(keys[0]), await post(keys[1])];
    expect((await post(keys[1])).body.data).toEqual(second.body.data);
    expect((await post(keys[0])).body.data).toEqual(first.body.data);
    expect([first.body.data.warnings, second.body.data.warnings]).toEqual([[], warned(first.body.data.id)]);
  });

  it('of several at once is told to all but one', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post()));
    const first = answers.filter(({ body }) => body.data.warnings.length === 0);
    expect(first).toHaveLength(1);
    const id = first[0]?.body.data.id;
    for (const { body } of answers) if (body.data.id !== id) expect(body.data.warnings).toEqual(warned(id));
  });

  it('is not that of an archived workflow, nor of another', async () => {
    const { id } = (await post()).body.data;
    await env.DB.prepare("UPDATE workflows SET status = 'archived' WHERE id = ?").bind(id).run();
    expect((await post()).body.data.warnings).toEqual([]);
    const other = await rest('POST', '/v1/workflows', { body: { name: `${name}!`, steps: gate({}) } });
    expect(other.body.data.warnings).toEqual([]);
  });
});

describe('async: false', () => {
  const error = { code: 'SCRIPT_FAILED', message: 'no column "age"', retryable: false, details: { line: 3 } };
  const failed = (id: string, to: number) => result(id, 0, to, { status: 'failed', output: null, error });

  /** The answer to a start that is held, once the execution has got these updates. */
  async function held(updates: Parameters<typeof ingest>[1]) {
    const execution_name = `held ${name}`;
    const answer = execute({ async: false, execution_name });
    const path = `/v1/workflows/executions?name=${encodeURIComponent(execution_name)}`;
    let found: { execution_id: string } | undefined;
    while (!found) found = (await rest('GET', path)).body.data[0];
    await ingest(found.execution_id, [{ type: 'execution_started', at: at(0) }, ...updates]);
    return (await answer).body.data;
  }

  const end = (
    status: 'failed' | 'stopped' | 'completed',
    step_id: string | null,
    steps: ReturnType<typeof result>[],
  ) =>
    held([
      {
        type: 'result',
        status,
        started_at: at(0),
        completed_at: at(10),
        error: step_id === null ? null : { code: error.code, message: error.message, step_id },
        page: 0,
        pages: 1,
        steps,
      },
    ]);

  it('answers the step that failed first, with its whole error', async () => {
    const { status, failed_step } = await end('failed', 'b', [failed('a', 9), failed('b', 4)]);
    expect(status).toBe('failed');
    expect(failed_step).toMatchObject({ id: 'b', plugin: 'core', status: 'failed', tries: 1, error });
  });

  it('answers it also when the execution ended otherwise', async () => {
    const { failed_step } = await end('stopped', null, [failed('b', 4), failed('a', 9)]);
    expect(failed_step).toMatchObject({ id: 'b', error });
  });

  it('answers none when none failed', async () => {
    const { failed_step } = await end('completed', null, [result('a', 0, 1), result('b', 1, 2)]);
    expect(failed_step).toBeNull();
  });
});
