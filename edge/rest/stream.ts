import type { Hono, Context as HonoContext } from 'hono';
import { quote } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { STREAM_PROTOCOL } from '../../shared/schemas/event.ts';
import { executionStub } from '../durable/stubs.ts';
import { canBeExecutionId } from '../services/ids.ts';
import type { Http } from './http.ts';

const PATH = '/v1/workflows/executions/:execution_id/stream';

/**
 * `GET …/stream?after_seq=&logs=`: an execution's events as they happen, by WebSocket, or as server-sent events when the
 * client accepts `text/event-stream`.
 */
export function mountStream(app: Hono<Http>): void {
  app.get(PATH, async (c) => {
    const { workspaceId } = await c.get('context').authorize('read');
    const executionId = c.req.param('execution_id');
    const webSocket = c.req.header('upgrade')?.toLowerCase() === 'websocket';
    if (!webSocket && !c.req.header('accept')?.includes('text/event-stream')) throw upgradeRequired(c);
    const query = streamQuery(c, webSocket);
    if (!canBeExecutionId(executionId)) throw notFound(executionId);
    const answer = await executionStub(c.env.EXECUTIONS, workspaceId, executionId).fetch(
      `https://execution/stream?${query}`,
      webSocket ? { headers: { Upgrade: 'websocket' } } : {},
    );
    if (answer.status === 404) throw notFound(executionId);
    if (answer.status === 429) {
      c.header('Retry-After', '30');
      throw new AppError('RATE_LIMITED', `execution ${quote(executionId)} has as many viewers as it can take`);
    }
    return webSocket ? upgraded(c, answer) : answer;
  });
}

/** The cursor: `after_seq`, or with server-sent events the id of the last event that the browser saw. */
function streamQuery(c: HonoContext<Http>, webSocket: boolean): URLSearchParams {
  const query = new URLSearchParams();
  const lastEventId = webSocket ? undefined : c.req.header('last-event-id');
  const afterSeq = lastEventId ?? c.req.query('after_seq');
  if (afterSeq !== undefined) {
    if (!/^\d{1,15}$/.test(afterSeq)) throw invalid('after_seq', 'must be an integer from 0');
    query.set('after_seq', afterSeq);
  }
  const logs = c.req.query('logs');
  if (logs !== undefined && logs !== 'true' && logs !== 'false') throw invalid('logs', 'must be true or false');
  query.set('logs', logs ?? 'false');
  return query;
}

function upgraded(c: HonoContext<Http>, answer: Response): Response {
  const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  const headers = offered.includes(STREAM_PROTOCOL) ? { 'Sec-WebSocket-Protocol': STREAM_PROTOCOL } : undefined;
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}

function upgradeRequired(c: HonoContext<Http>): AppError {
  c.header('Upgrade', 'websocket');
  const message = 'this is a stream: open it as a WebSocket, or send "Accept: text/event-stream"';
  return new AppError('VALIDATION_ERROR', message, { status: 426 });
}

const notFound = (id: string) => new AppError('EXECUTION_NOT_FOUND', `there is no execution ${quote(id)}`);

const invalid = (path: string, message: string) => violationsError([{ code: 'VALIDATION_ERROR', path, message }]);
