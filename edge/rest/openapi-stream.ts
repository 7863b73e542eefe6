import { z } from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { STREAM_BEARER_PREFIX, STREAM_PROTOCOL, StreamFrame, StreamInput } from '../../shared/schemas/event.ts';
import { FRAME_EXAMPLES } from './examples.ts';
import { describeErrors } from './openapi-errors.ts';

export const STREAM_PATH = '/v1/workflows/executions/{execution_id}/stream';
export const STREAM_OPERATION = 'executions.stream';

const { execution_id, ...query } = StreamInput.shape;

/** The live stream, which is no procedure: it answers with a connection. */
export const STREAM: ZodOpenApiOperationObject = {
  operationId: STREAM_OPERATION,
  summary: 'Follow an execution live',
  description:
    'No frame is over 512 KiB: a larger snapshot comes as `{"snapshot": …, "steps_total": 3000}` without `step_details`, then ' +
    '`{"snapshot_steps": […]}` until all steps are there, and events only then. Begin without `after_seq`: events are changes of the snapshot that comes first, and `after_seq` resumes after them. ' +
    'Needs an API key with the scope `read`; browsers give it as the WebSocket subprotocols ' +
    `\`${STREAM_PROTOCOL}\` and \`${STREAM_BEARER_PREFIX}{key}\`. Not served as tRPC.`,
  tags: ['executions'],
  requestParams: {
    path: z.strictObject({ execution_id }),
    query: z.strictObject(query),
    header: z.object({
      'Last-Event-ID': z
        .string()
        .optional()
        .describe('With server-sent events: resume after this event, in place of after_seq.'),
    }),
  },
  responses: {
    '101': {
      description: 'With `Upgrade: websocket`: the stream. Each message is one frame.',
      content: { 'application/json': { schema: StreamFrame.meta({ id: 'StreamFrame' }), examples: FRAME_EXAMPLES } },
    },
    '200': {
      description:
        'With `Accept: text/event-stream`: the stream as server-sent events `snapshot`, `snapshot_steps`, `events` and `log`, whose ' +
        'data is one StreamFrame each. The id of an event is the newest seq in it, empty until a snapshot is whole. Comments in between keep the connection open.',
      content: { 'text/event-stream': { schema: z.string(), example: 'event: events\nid: 7\ndata: []\n\n' } },
    },
    ...describeErrors([
      'VALIDATION_ERROR',
      'UNAUTHENTICATED',
      'FORBIDDEN',
      'EXECUTION_NOT_FOUND',
      'UPGRADE_REQUIRED',
      'RATE_LIMITED',
      'INTERNAL',
      'UNAVAILABLE',
    ]),
  },
};
