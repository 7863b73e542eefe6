import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Update } from '../../../shared/schemas/update.ts';
import { engineFailure } from '../../../worker-node/dispatch/engine-error.ts';
import {
  createTemporalGateway,
  type StartCommand,
  type TemporalGateway,
} from '../../../worker-node/dispatch/temporal-gateway.ts';
import { watchClosed } from '../../../worker-node/dispatch/watch-closed.ts';
import { payloadOf, planOf } from '../engine/plans.ts';
import { createTestWorker, type TestWorker } from '../engine/test-worker.ts';
import { recordingLogger } from './fixtures.ts';

let worker: TestWorker;
let gateway: TemporalGateway;
const signal = new AbortController().signal;

beforeAll(async () => {
  worker = await createTestWorker();
  gateway = createTemporalGateway({ client: worker.client, pool: worker.pool });
});

afterAll(() => worker.close());

const QUICK = planOf([{ id: 'one' }]);
const LONG = planOf([{ id: 'wait', does: 'core.sleep', config: { duration: '1h' } }]);

function startCommand(plan = QUICK): StartCommand {
  const payload = payloadOf(plan);
  worker.edge.create(payload, plan);
  return { type: 'start', id: `cmd_${randomUUID()}`, execution_id: payload.context.execution.id, attempt: 1, payload };
}

const handleOf = ({ execution_id }: StartCommand) => worker.client.workflow.getHandle(`${execution_id}.1`);
const stopSignal = (command_id: string) => ({
  command_id,
  reason: null,
  graceful: true,
  cleanup_resources: true,
  save_partial_results: true,
});

async function startLong(): Promise<StartCommand> {
  const command = startCommand(LONG);
  await gateway.start(command, signal);
  await worker.edge.until(command.execution_id, (execution) => execution.started_at !== null);
  return command;
}

const lastOf = async ({ execution_id }: StartCommand): Promise<Update | undefined> =>
  (await gateway.describe(execution_id, 1)).updates.flat().at(-1);

describe('start', () => {
  it('runs the execution in the pool, with its priority and a readable summary', async () => {
    const command = startCommand();
    command.payload.priority = 'high';
    await gateway.start(command, signal);
    expect(await worker.edge.ended(command.execution_id)).toMatchObject({ status: 'completed' });
    const run = await handleOf(command).describe();
    expect(run).toMatchObject({ type: 'runPipeline', taskQueue: worker.pool, priority: { priorityKey: 2 } });
    expect(await run.staticSummary()).toBe('test 1.0.0');
  });

  it('starts nothing a second time, neither while it runs nor after its end', async () => {
    const command = startCommand();
    await gateway.start(command, signal);
    await gateway.start(command, signal);
    await handleOf(command).result();
    await gateway.start(command, signal);
    const runs = [];
    for await (const run of worker.client.workflow.list({ query: `WorkflowId = '${command.execution_id}.1'` })) {
      runs.push(run);
    }
    expect(runs).toHaveLength(1);
  });

  it('starts nothing once the connection that brought the command is lost', async () => {
    const command = startCommand();
    await expect(gateway.start(command, AbortSignal.abort())).rejects.toThrow();
    await expect(handleOf(command).describe()).rejects.toThrow('not found');
  });

  it('is refused, not delayed, when the engine will never take the payload', async () => {
    const command = startCommand();
    command.payload.context.parameters = { text: 'x'.repeat(3_000_000) };
    const error = await gateway.start(command, signal).catch((thrown: unknown) => thrown);
    expect(engineFailure(error).kind).toBe('refused');
  });
});

describe('an eager start', () => {
  it('starts the run once', async () => {
    const native = await NativeConnection.connect({ address: inject('temporalAddress') });
    const eager = createTemporalGateway({
      client: worker.client,
      pool: worker.pool,
      eagerClient: () => new Client({ connection: native }),
    });
    const command = startCommand();
    await eager.start(command, signal);
    await eager.start(command, signal);
    expect(await worker.edge.ended(command.execution_id)).toMatchObject({ status: 'completed' });
    await native.close();
  });

  it('leaves it to a plain start when the workers have lost their engine', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
    const lost = new Client({ connection });
    const eager = createTemporalGateway({ client: worker.client, pool: worker.pool, eagerClient: () => lost });
    const command = startCommand();
    await eager.start(command, signal);
    expect(await worker.edge.ended(command.execution_id)).toMatchObject({ status: 'completed' });
    await connection.close();
  });
});

describe('stop', () => {
  it('stops a run, and repeating it changes nothing', async () => {
    const command = await startLong();
    await gateway.stop(command.execution_id, 1, stopSignal('c1'));
    await gateway.stop(command.execution_id, 1, stopSignal('c1'));
    expect(await worker.edge.ended(command.execution_id)).toMatchObject({ status: 'stopped' });
  });

  it('has nothing to do for a closed run and for an unknown one', async () => {
    const command = startCommand();
    await gateway.start(command, signal);
    await handleOf(command).result();
    await gateway.stop(command.execution_id, 1, stopSignal('c1'));
    await gateway.stop('exec_unknown', 1, stopSignal('c1'));
  });
});

describe('describe', () => {
  it('answers what a running workflow has recorded', async () => {
    const command = await startLong();
    const updates = (await gateway.describe(command.execution_id, 1)).updates.flat();
    expect(updates.map((update) => update.type)).toContain('execution_started');
    expect(updates.map((update) => update.type)).not.toContain('closed');
    await handleOf(command).terminate();
  });

  it('answers the result of a finished run', async () => {
    const command = startCommand();
    await gateway.start(command, signal);
    await handleOf(command).result();
    expect(await lastOf(command)).toMatchObject({ type: 'result', status: 'completed' });
  });

  it('answers the result of a failed execution, not a failure of the engine', async () => {
    const command = startCommand(planOf([{ id: 'one', does: 'core.fail' }]));
    await gateway.start(command, signal);
    await worker.edge.ended(command.execution_id);
    await handleOf(command)
      .result()
      .catch(() => undefined);
    expect(await lastOf(command)).toMatchObject({ type: 'result', status: 'failed' });
  });

  it('tells that somebody terminated the run, and why', async () => {
    const command = await startLong();
    await handleOf(command).terminate('wrong data');
    expect(await lastOf(command)).toMatchObject({
      type: 'closed',
      status: 'failed',
      error: { code: 'ENGINE_TERMINATED', message: 'The run was terminated in Temporal: wrong data' },
    });
  });

  // Temporal itself refuses a reason with half a character.
  it.each([
    ['a long reason, cut between two characters,', `x${'😀'.repeat(25_000)}`, `x${'😀'.repeat(1_977)} … (cut)`],
    ['a reason with NUL and control characters', 'a\0\u001b[31mb', 'a\0\u001b[31mb'],
  ])('tells %s in an update that the edge takes', async (_, reason, told) => {
    const command = await startLong();
    await handleOf(command).terminate(reason);
    expect(await lastOf(command)).toMatchObject({
      type: 'closed',
      error: { message: `The run was terminated in Temporal: ${told}` },
    });
  });

  it('tells that somebody terminated the run before it began, when it cannot be asked', async () => {
    await worker.pause();
    const command = startCommand();
    await gateway.start(command, signal);
    await handleOf(command).terminate();
    await worker.resume();
    expect((await gateway.describe(command.execution_id, 1)).updates).toMatchObject([
      [{ type: 'closed', status: 'failed', error: { code: 'ENGINE_TERMINATED' } }],
    ]);
  });

  it('tells that the engine does not know the run', async () => {
    expect((await gateway.describe('exec_unknown', 1)).updates).toMatchObject([
      [{ type: 'closed', status: 'failed', error: { code: 'ENGINE_LOST' } }],
    ]);
  });
});

describe('watchClosed', () => {
  it('posts a terminated run once, and none that ended by itself', async () => {
    const [terminated, finished] = [await startLong(), startCommand()];
    await gateway.start(finished, signal);
    await handleOf(finished).result();
    await handleOf(terminated).terminate();
    const posts: { executionId: string; updates: readonly Update[] }[] = [];
    const end = new AbortController();
    let looks = 0;
    const counting = {
      async *closedSince(since: Date, known?: (runId: string) => boolean) {
        // Past the first sighting, so that a repeated post would be seen.
        if (posts.some(({ executionId }) => executionId === terminated.execution_id)) looks += 1;
        if (looks === 3) end.abort();
        yield* gateway.closedSince(since, known);
      },
    };
    await watchClosed({
      gateway: counting,
      poster: { post: (executionId, _attempt, updates) => posts.push({ executionId, updates }) },
      logger: recordingLogger(),
      signal: end.signal,
      everyMs: 20,
    });
    const ids = posts.map(({ executionId }) => executionId);
    expect(ids.filter((id) => id === terminated.execution_id)).toHaveLength(1);
    expect(ids).not.toContain(finished.execution_id);
    expect(posts.find(({ executionId }) => executionId === terminated.execution_id)?.updates).toMatchObject([
      { type: 'closed', error: { code: 'ENGINE_TERMINATED' } },
    ]);
  });
});

describe('an engine that is away', () => {
  it('is unavailable, without waiting for the time limit', async () => {
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const address = free.address();
    free.close();
    const port = typeof address === 'object' ? address?.port : 0;
    const connection = Connection.lazy({ address: `127.0.0.1:${port}`, interceptors: [] });
    const away = createTemporalGateway({ client: new Client({ connection }), pool: 'default' });
    const failures = await Promise.all([
      away.start(startCommand(), signal).catch(engineFailure),
      away.stop('exec_a', 1, stopSignal('c1')).catch(engineFailure),
      away.describe('exec_a', 1).catch(engineFailure),
      away.closedSince(new Date())[Symbol.asyncIterator]().next().catch(engineFailure),
    ]);
    expect(failures).toMatchObject(failures.map(() => ({ kind: 'unavailable' })));
    await connection.close();
  });

  it('is unavailable, not a refusal, when the namespace is not there yet', async () => {
    const client = new Client({ connection: worker.client.connection, namespace: 'nobody-made-it' });
    const error = await createTemporalGateway({ client, pool: 'default' })
      .start(startCommand(), signal)
      .catch((thrown: unknown) => thrown);
    expect(engineFailure(error).kind).toBe('unavailable');
  });
});
