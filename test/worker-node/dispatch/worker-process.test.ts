import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Command } from '../../../shared/schemas/command.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import { createTemporalGateway } from '../../../worker-node/dispatch/temporal-gateway.ts';
import { payloadOf, planOf } from '../engine/plans.ts';
import { type EdgeServer, startEdgeServer } from './edge-server.ts';
import { restartableTemporal } from './restartable-temporal.ts';
import { startWorkerProcess, temporaryDataDir, type WorkerProcess } from './worker-process.ts';

let edge: EdgeServer;
let data: Awaited<ReturnType<typeof temporaryDataDir>>;
let workers: WorkerProcess[];
let pool: string;

function startWorker(env: Record<string, string> = {}): WorkerProcess {
  const temporalAddress = env.TEMPORAL_ADDRESS ?? inject('temporalAddress');
  const worker = startWorkerProcess({ edge, temporalAddress, pool, dataDir: data.dir, env });
  workers.push(worker);
  return worker;
}

async function begin(): Promise<void> {
  edge = await startEdgeServer();
  edge.reply = () => ({ body: { shards: 1 } });
  data = await temporaryDataDir();
  workers = [];
  pool = `pool-${randomUUID()}`;
}

async function end(): Promise<void> {
  for (const worker of workers) worker.child.kill('SIGKILL');
  await Promise.all(workers.map((worker) => worker.ended));
  await edge.close();
  await data.remove();
}

function startCommand(plan: Plan): Extract<Command, { type: 'start' }> {
  const payload = payloadOf(plan);
  return { type: 'start', id: `cmd_${randomUUID()}`, execution_id: payload.context.execution.id, attempt: 1, payload };
}

const updatesOf = ({ execution_id }: Command): Update[] =>
  edge.stored.filter((batch) => batch.execution_id === execution_id).flatMap((batch) => batch.updates);
const resultOf = (command: Command) => updatesOf(command).find((update) => update.type === 'result');
const acks = () => edge.frames.flatMap(({ frame }) => (frame.type === 'ack' ? frame.command_id : []));
const pipeline = planOf([{ id: 'one' }, { id: 'two', depends_on: ['one'] }]);
const slow = (delay: string) => planOf([{ id: 'one', config: { delay } }]);

describe('the road', () => {
  // One worker for all: its start is what takes time.
  beforeAll(async () => {
    await begin();
    await startWorker({ WF_CAPACITY: '{"max_workers":4}' }).ready;
  });
  afterAll(end);
  afterEach(() => {
    edge.answer = () => 'ok';
    edge.fault = () => undefined;
  });

  it('announces its plugins and dials in before it is ready', () => {
    expect(edge.calls[0]).toMatchObject({
      call: 'POST /internal/workers',
      body: { pool, capacity: { max_workers: 4 }, temporal: { address: inject('temporalAddress') } },
    });
    expect(edge.frames[0]?.frame.type).toBe('hello');
  });

  it('runs an execution from its command to its result, and reports that it lives', async () => {
    const command = startCommand(pipeline);
    edge.sendCommand(command);
    edge.sendCommand(command);
    await edge.until(() => resultOf(command) !== undefined);
    expect(resultOf(command)).toMatchObject({
      status: 'completed',
      steps: [
        { step_id: 'one', status: 'completed', tries: 1 },
        { step_id: 'two', status: 'completed', tries: 1 },
      ],
    });
    await edge.until(
      () => acks().includes(command.id) && edge.calls.some(({ call }) => call === 'POST /internal/living'),
    );
  });

  it('ends a run that the edge does not want, before its first step', async () => {
    edge.answer = () => 'gone';
    const command = startCommand(planOf([{ id: 'one', does: 'core.fail' }]));
    edge.sendCommand(command);
    await edge.until(() => acks().includes(command.id));
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const client = new Client({ connection });
    await client.workflow.result(`${command.execution_id}.1`).catch(() => undefined);
    const updates = (await createTemporalGateway({ client, pool }).describe(command.execution_id, 1)).updates.flat();
    await connection.close();
    expect(updates.find(({ type }) => type === 'result')).toMatchObject({
      status: 'stopped',
      steps: [{ step_id: 'one', status: 'cancelled', error: null }],
    });
  });

  it('takes the first task of a run from the answer to its start', async () => {
    const command = startCommand(pipeline);
    edge.sendCommand(command);
    await edge.until(() => resultOf(command) !== undefined);
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const { events } = await new Client({ connection }).workflow.getHandle(`${command.execution_id}.1`).fetchHistory();
    await connection.close();
    expect(events?.[0]?.workflowExecutionStartedEventAttributes?.eagerExecutionAccepted).toBe(true);
  });

  it('goes on through an outage of the edge and loses nothing', async () => {
    const command = startCommand(pipeline);
    edge.fault = (batches) => (batches.some(({ updates }) => updates.length > 0) ? 'cut' : undefined);
    edge.sendCommand(command);
    await edge.until(() => edge.requests.length >= 3);
    edge.cutSockets();
    edge.fault = () => undefined;
    await edge.until(() => resultOf(command) !== undefined);
    const types = updatesOf(command).map(({ type }) => type);
    expect(types.filter((type) => type === 'step_started').length).toBeGreaterThanOrEqual(2);
  });
});

describe('Temporal', () => {
  let temporal: Awaited<ReturnType<typeof restartableTemporal>>;
  beforeEach(async () => {
    await begin();
    temporal = await restartableTemporal();
  });
  afterEach(async () => {
    await end();
    await temporal.remove();
  });

  it('may be killed and come back: starts wait meanwhile, what ran goes on', { timeout: 60_000 }, async () => {
    await temporal.start();
    await startWorker({ TEMPORAL_ADDRESS: temporal.address }).ready;
    const running = startCommand(
      planOf([{ id: 'one' }, { id: 'two', does: 'core.sleep', config: { duration: '1s' } }]),
    );
    edge.sendCommand(running);
    await edge.until(() => updatesOf(running).some(({ type }) => type === 'step_ended'));
    await temporal.kill();

    const delayed = startCommand(pipeline);
    edge.sendCommand(delayed);
    await edge.until(() => edge.frames.some(({ frame }) => frame.type === 'nack' && frame.command_id === delayed.id));
    await edge.until(() => updatesOf(delayed).length > 0);
    expect(updatesOf(delayed)).toMatchObject([{ type: 'start_delayed', reason: 'engine_down' }]);

    await temporal.start();
    // As the edge does, until it is acknowledged.
    while (!acks().includes(delayed.id)) {
      const answered = edge.frames.length;
      edge.sendCommand(delayed);
      await edge.until(() => edge.frames.length > answered);
    }
    await edge.until(() => resultOf(delayed) !== undefined && resultOf(running) !== undefined);
    expect(resultOf(running)).toMatchObject({ status: 'completed', steps: [{ tries: 1 }, { tries: 1 }] });
    expect(resultOf(delayed)).toMatchObject({ status: 'completed' });
  });

  it('may be absent at the start', { timeout: 60_000 }, async () => {
    const worker = startWorker({ TEMPORAL_ADDRESS: temporal.address });
    await edge.until(() => edge.frames.some(({ frame }) => frame.type === 'hello'));
    await temporal.start();
    await worker.ready;
  });
});

describe('its end', () => {
  beforeEach(begin);
  afterEach(end);

  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with exit code 0, also while a step runs', async (signal) => {
    const worker = startWorker();
    await worker.ready;
    const command = startCommand(slow('1h'));
    edge.sendCommand(command);
    await edge.until(() => updatesOf(command).some(({ type }) => type === 'step_started'));
    worker.child.kill(signal);
    worker.child.kill(signal);
    expect(await worker.ended).toBe(0);
    expect(resultOf(command)).toBeUndefined();
  });

  it('lets a step finish that needs a moment', async () => {
    const worker = startWorker();
    await worker.ready;
    const command = startCommand(slow('700ms'));
    edge.sendCommand(command);
    await edge.until(() => updatesOf(command).some(({ type }) => type === 'step_started'));
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    // Another process of the pool finds the step done, not to be repeated.
    await startWorker().ready;
    await edge.until(() => resultOf(command) !== undefined);
    expect(resultOf(command)).toMatchObject({ steps: [{ tries: 1, status: 'completed' }] });
  });

  it('ends with the process that forked it', async () => {
    const worker = startWorker();
    await worker.ready;
    worker.child.disconnect();
    expect(await worker.ended).toBe(0);
  });

  it('ends at once while neither the edge nor Temporal is there', async () => {
    await edge.close();
    const worker = startWorker({ TEMPORAL_ADDRESS: '127.0.0.1:1', WF_LOG_LEVEL: 'debug' });
    while (!worker.log().includes('do not run'))
      await new Promise((resolve) => worker.child.stderr?.once('data', resolve));
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    edge = await startEdgeServer();
  });
});

describe('its settings', () => {
  beforeEach(begin);
  afterEach(end);

  it('names every variable that is missing or wrong', async () => {
    const worker = startWorker({ WF_EDGE_URL: 'nowhere', WF_WORKER_KEY: '', WF_CAPACITY: '[1]' });
    expect(await worker.ended).toBe(1);
    for (const name of ['WF_EDGE_URL', 'WF_WORKER_KEY', 'WF_CAPACITY']) expect(worker.log()).toContain(name);
  });
});
