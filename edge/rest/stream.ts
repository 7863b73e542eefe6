import type { Hono, Context as HonoContext } from 'hono';
import { quote } from '../../shared/domain/violations.ts';
import { AppError, type Violation, violationsError } from '../../shared/errors.ts';
import { STREAM_PROTOCOL, StreamInput } from '../../shared/schemas/event.ts';
import { executionStub } from '../durable/stubs.ts';
import { canBeExecutionId } from '../services/ids.ts';
import { accepts } from '../trpc/contract.ts';
import { assertPath, queryOf } from './address.ts';
import { createInputReader } from './decode.ts';
import type { Http } from './http.ts';
import { methodNotAllowed } from './method-not-allowed.ts';
import { honoPath } from './mount.ts';
import { STREAM_PATH } from './openapi-stream.ts';
import { asksForWebSocket, upgradeRequired } from './upgrade.ts';

const PATH = honoPath(STREAM_PATH);
const HOW_TO_ASK =
  'this is a stream: open it as a WebSocket ("Upgrade: websocket"), or send "Accept: text/event-stream" for ' +
  'server-sent events; see /docs#stream';
const SEQ = /^\d{1,15}$/;
const BAD_LAST_EVENT_ID: Violation = {
  code: 'VALIDATION_ERROR',
  path: 'Last-Event-ID',
  message: 'must be the id of an event of this stream: a whole number from 0',
};
const input = accepts(StreamInput);
const read = createInputReader(input.schema);

/**
 * `GET …/stream?after_seq=&logs=`: an execution's events as they happen, by WebSocket, or as server-sent events when the
 * client accepts `text/event-stream`.
 */
export function mountStream(app: Hono<Http>): void {
  app.get(PATH, async (c) => {
    const { workspaceId } = await c.get('context').authorize('read');
    const webSocket = asksForWebSocket(c);
    if (!webSocket && !c.req.header('accept')?.includes('text/event-stream')) throw upgradeRequired(c, HOW_TO_ASK);
    const { execution_id: executionId, ...query } = streamInput(c, webSocket);
    if (!canBeExecutionId(executionId)) throw notFound(executionId);
    const answer = await executionStub(c.env.EXECUTIONS, workspaceId, executionId).fetch(
      streamUrl(query),
      webSocket ? { headers: { Upgrade: 'websocket' } } : {},
    );
    if (answer.status === 404) throw notFound(executionId);
    if (answer.status === 429) {
      c.header('Retry-After', '30');
      throw new AppError('RATE_LIMITED', `execution ${quote(executionId)} has as many viewers as it can take`);
    }
    return webSocket ? upgraded(c, answer) : answer;
  });
  app.all(PATH, methodNotAllowed(['GET']));
}

/** What is asked for. With server-sent events the id of the last event that the browser saw is the cursor. */
function streamInput(c: HonoContext<Http>, webSocket: boolean): StreamInput {
  const path = c.req.param();
  assertPath(c.req.url, path);
  const query = queryOf(c.req.url);
  const lastEventId = webSocket ? undefined : c.req.header('last-event-id');
  // The stream itself sends an empty id with the parts of a snapshot: nothing to go on from is there yet.
  if (lastEventId !== undefined && lastEventId !== '') {
    if (!SEQ.test(lastEventId)) throw violationsError([BAD_LAST_EVENT_ID]);
    query.set('after_seq', lastEventId);
  }
  return input.parse(read({ path, query, body: {} }));
}

function streamUrl({ after_seq, logs = false }: Omit<StreamInput, 'execution_id'>): string {
  const query = new URLSearchParams({ logs: `${logs}` });
  if (after_seq !== undefined) query.set('after_seq', `${after_seq}`);
  return `https://execution/stream?${query}`;
}

function upgraded(c: HonoContext<Http>, answer: Response): Response {
  const offered = (c.req.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  const headers = offered.includes(STREAM_PROTOCOL) ? { 'Sec-WebSocket-Protocol': STREAM_PROTOCOL } : undefined;
  return new Response(null, { status: 101, webSocket: answer.webSocket, headers });
}

const notFound = (id: string) => new AppError('EXECUTION_NOT_FOUND', `there is no execution ${quote(id)}`);
