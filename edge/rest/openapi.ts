import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import type { ErrorCode } from '../../shared/errors.ts';
import { ExecutionEvent } from '../../shared/schemas/event.ts';
import {
  Execution,
  ExecutionListItem,
  ExecutionSummary,
  StartedExecution,
  StepDetail,
} from '../../shared/schemas/execution.ts';
import { LogEntry } from '../../shared/schemas/log.ts';
import { PluginManifest } from '../../shared/schemas/plugin.ts';
import { Warning } from '../../shared/schemas/warning.ts';
import { CreatedWorkflow, Step, Workflow, WorkflowListItem } from '../../shared/schemas/workflow.ts';
import { IDEMPOTENCY_KEY } from '../services/idempotency.ts';
import { isPage } from './envelope.ts';
import { EXAMPLES } from './examples.ts';
import { describeErrors, ErrorAnswer } from './openapi-errors.ts';
import { STREAM, STREAM_PATH } from './openapi-stream.ts';
import { type RestRoute, restRoutes } from './routes.ts';

const COMMON_ERRORS: ErrorCode[] = ['VALIDATION_ERROR', 'UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL', 'UNAVAILABLE'];
const BODY_ERRORS: ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

/** By name, so that they stand in the document once. As `components.schemas` they would be taken for inputs as well. */
const NAMED = {
  ...{
    Workflow,
    WorkflowListItem,
    CreatedWorkflow,
    Step,
    Execution,
    ExecutionSummary,
    ExecutionListItem,
    StartedExecution,
  },
  ...{ StepDetail, Warning, ExecutionEvent, LogEntry, PluginManifest, ErrorAnswer },
};
for (const [id, schema] of Object.entries(NAMED)) z.globalRegistry.add(schema, { ...schema.meta(), id });

export type OpenApiDocument = ReturnType<typeof createOpenApi>;

/** The OpenAPI 3.1 document of the REST API, from the same procedures and schemas that serve it. */
export function createOpenApi() {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of restRoutes()) {
    const { path, method } = route.rest;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(route) };
  }
  paths[STREAM_PATH] = { get: STREAM };
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Workflow Orchestration API',
      version: '1.0.0',
      description:
        'Durable workflows of ML steps. A workflow is a DAG of plugin operations; an execution is one run of it. ' +
        'The same operations are served as tRPC at /trpc. An execution is followed live over a WebSocket at ' +
        `${STREAM_PATH}.`,
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(restRoutes().map(({ docs }) => docs.tag))].map((name) => ({ name })),
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, wf_….' } },
    },
    paths,
  });
}

function describeOperation({ procedure, rest, docs, scope, input, output }: RestRoute): ZodOpenApiOperationObject {
  const { path, rest: others } = splitInput(input, rest.path);
  const example = EXAMPLES[procedure];
  const takesBody = rest.method === 'POST';
  return {
    operationId: procedure,
    summary: docs.summary,
    description: [docs.description ?? [], `Needs an API key with the scope \`${scope}\`.`].flat().join(' '),
    tags: [docs.tag],
    requestParams: {
      path,
      ...(takesBody ? {} : { query: others }),
      ...(docs.idempotent ? { header: IDEMPOTENCY } : {}),
    },
    ...(takesBody
      ? {
          requestBody: {
            required: others.safeParse({}).success === false,
            content: { 'application/json': { schema: others, example: example?.request } },
          },
        }
      : {}),
    responses: {
      [`${rest.status}`]: {
        description: 'Success.',
        content: { 'application/json': { schema: answerSchema(output), example: example?.response } },
      },
      ...describeErrors(
        [...COMMON_ERRORS, ...(takesBody ? BODY_ERRORS : []), ...(docs.errors ?? [])],
        docs.unavailable ?? [],
      ),
    },
  };
}

const IDEMPOTENCY = z.object({
  'Idempotency-Key': z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .describe(
      '1 to 255 visible ASCII characters, new per intended change. Within 24 h, a repeated request changes nothing: it ' +
        'answers what the first one made as that is now, with the status of the first and the header ' +
        '`Idempotent-Replayed: true`; 404 when it has been deleted since, CONFLICT when the request is another one. A ' +
        'secret that the first answer showed is not shown again.',
    ),
});

/** The fields of an input that stand in the path, and the others. */
function splitInput(input: z.ZodObject, path: string) {
  const names = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const pick = (inPath: boolean) =>
    z.strictObject(Object.fromEntries(Object.entries(input.shape).filter(([name]) => names.has(name) === inPath)));
  return { path: pick(true), rest: pick(false) };
}

function answerSchema(output: z.ZodType): z.ZodObject {
  const success = z.literal(true).describe('Always true; an error says false.');
  return isPage(output) && output instanceof z.ZodObject
    ? z.object({ success, ...output.shape })
    : z.object({ success, data: output });
}
