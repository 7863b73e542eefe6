import { drizzle } from 'drizzle-orm/d1';
import { Hono, type Context as HonoContext } from 'hono';
import { z } from 'zod';
import { toViolations } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { WorkerAnnouncement } from '../../shared/schemas/plugin.ts';
import { PostLivingInput, PostUpdatesInput } from '../../shared/schemas/update.ts';
import { createContext } from '../context.ts';
import { createOutputStore } from '../durable/output-store.ts';
import { shardCount } from '../durable/shards.ts';
import { dispatchStub, executionStub } from '../durable/stubs.ts';
import type { Env } from '../env.ts';
import { updateAnnouncement, updateLastSeen } from '../repositories/workers.ts';
import { createIngest, type Ingest } from '../services/ingest.ts';
import { assertSizes, assertTimes } from './check-updates.ts';
import { handleError, handleNotFound } from './error-handler.ts';
import type { Http } from './http.ts';
import { readBytes } from './read-bytes.ts';
import { asksForWebSocket, upgradeRequired } from './upgrade.ts';
import { assertOutput, parseWorkerJson } from './worker-json.ts';

/**
 * What workers call, with an API key of scope `worker`. Bodies and answers are plain JSON, errors those of the API. An app
 * of its own: workers call many times a second, and need nothing of what browsers and people do.
 */
export function createInternalApp(): Hono<Http> {
  const app = new Hono<Http>();
  const authorize = (c: HonoContext<Http>) => c.get('context').authorize('worker');

  app.onError(handleError);
  app.notFound(handleNotFound);
  app.use(async (c, next) => {
    const context = createContext(c.env, c.req.raw);
    c.set('context', context);
    // Before the answer is made: added to it afterwards, a header makes hono copy the whole of it.
    c.header('X-Request-Id', context.requestId);
    await next();
  });

  app.post('/internal/workers', async (c) => {
    const { workspaceId } = await authorize(c);
    const announcement = parse(WorkerAnnouncement, await readJson(c));
    await updateAnnouncement(drizzle(c.env.DB), workspaceId, announcement, c.get('context').now);
    return c.json({ shards: shardCount(c.env.DISPATCH_SHARDS) });
  });

  app.get('/internal/dispatch/:pool/:shard', async (c) => {
    const { workspaceId } = await authorize(c);
    const shard = Number(c.req.param('shard'));
    if (!Number.isInteger(shard) || shard < 0 || shard >= shardCount(c.env.DISPATCH_SHARDS))
      throw new AppError('NOT_FOUND', `there is no shard ${c.req.param('shard')}`);
    if (!asksForWebSocket(c)) throw upgradeRequired(c, 'this is a WebSocket: send "Upgrade: websocket"');
    const stub = dispatchStub(c.env.DISPATCH, { workspaceId, pool: c.req.param('pool'), shard });
    const url = `https://dispatch/?workspace=${encodeURIComponent(workspaceId)}`;
    const { status, webSocket } = await stub.fetch(url, { headers: { Upgrade: 'websocket' } });
    return new Response(null, { status, webSocket, headers: { 'X-Request-Id': c.get('context').requestId } });
  });

  app.post('/internal/updates', async (c) => {
    const { workspaceId } = await authorize(c);
    const bytes = await readBytes(c.req.raw, LIMITS.bodyBytes);
    const input = parse(PostUpdatesInput, parseWorkerJson(bytes));
    assertTimes(input);
    assertSizes(input, bytes.byteLength);
    return c.json({ answers: await ingestOf(c.env, c.get('context').now).updates(workspaceId, input) });
  });

  app.post('/internal/living', async (c) => {
    const { workspaceId } = await authorize(c);
    await ingestOf(c.env, c.get('context').now).living(workspaceId, parse(PostLivingInput, await readJson(c)));
    return c.json({});
  });

  app.put('/internal/outputs/:execution_id/:attempt/:step_id/:try', async (c) => {
    const { workspaceId } = await authorize(c);
    const { execution_id: executionId, step_id: stepId, ...numbers } = c.req.param();
    const { attempt, try: tryNumber } = parse(OutputNumbers, numbers);
    const bytes = await readBytes(c.req.raw, LIMITS.outputBytes);
    assertOutput(bytes);
    const address = { executionId, attempt, stepId, try: tryNumber };
    return c.json(await createOutputStore(c.env.BLOBS).put(workspaceId, address, bytes));
  });

  app.get('/internal/outputs', async (c) => {
    const { workspaceId } = await authorize(c);
    const ref = c.req.query('ref') ?? '';
    const stored = await createOutputStore(c.env.BLOBS).open(workspaceId, ref);
    if (stored === null) throw new AppError('OUTPUT_NOT_FOUND', `there is no output ${ref}`);
    return c.body(stored.body, 200, { 'Content-Type': 'application/json' });
  });

  app.get('/internal/plans/:execution_id/:attempt', async (c) => {
    const { workspaceId } = await authorize(c);
    const { execution_id, attempt } = c.req.param();
    const plan = await ingestOf(c.env, c.get('context').now).plan(workspaceId, execution_id, Number(attempt));
    if (plan === null) throw new AppError('EXECUTION_NOT_FOUND', `there is no attempt ${attempt} of ${execution_id}`);
    return c.json(plan);
  });

  app.put('/internal/chains/:execution_id/:attempt/:run/:page', async (c) => {
    const { workspaceId } = await authorize(c);
    const { execution_id: executionId, ...rest } = c.req.param();
    const address = parse(ChainPageAddress, rest);
    const bytes = await readBytes(c.req.raw, LIMITS.chainPageBytes);
    parseWorkerJson(bytes);
    const ingest = ingestOf(c.env, c.get('context').now);
    const answer = await ingest.saveChainPage(workspaceId, executionId, address, new TextDecoder().decode(bytes));
    if (answer === 'gone')
      throw new AppError('EXECUTION_NOT_FOUND', `attempt ${address.attempt} of ${executionId} is not one that runs`);
    return c.json({});
  });

  app.get('/internal/chains/:execution_id/:attempt/:run/:page', async (c) => {
    const { workspaceId } = await authorize(c);
    const { execution_id: executionId, ...rest } = c.req.param();
    const address = parse(ChainPageAddress, rest);
    const json = await ingestOf(c.env, c.get('context').now).chainPage(workspaceId, executionId, address);
    if (json === null)
      throw new AppError('EXECUTION_NOT_FOUND', `${executionId} keeps no page ${address.page} for run ${address.run}`);
    return c.body(json, 200, { 'Content-Type': 'application/json' });
  });

  return app;
}

const OutputNumbers = z.object({ attempt: z.coerce.number().int().min(1), try: z.coerce.number().int().min(1) });

const ChainPageAddress = z.object({
  attempt: z.coerce.number().int().min(1),
  run: z.coerce.number().int().min(2),
  page: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex'),
});

const ingestOf = (env: Env, now: string): Ingest =>
  createIngest({
    execution: (workspaceId, executionId) => executionStub(env.EXECUTIONS, workspaceId, executionId),
    seen: (workspaceId, workerId, engine) => updateLastSeen(drizzle(env.DB), workspaceId, { workerId, engine, now }),
  });

const readJson = async (c: HonoContext<Http>): Promise<unknown> =>
  parseWorkerJson(await readBytes(c.req.raw, LIMITS.bodyBytes));

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw violationsError(toViolations(parsed.error, schema));
}
