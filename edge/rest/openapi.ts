import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from 'zod-openapi';
import { ERRORS, type ErrorCode } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { ExecutionEvent } from '../../shared/schemas/event.ts';
import { Execution, ExecutionListItem, ExecutionSummary, StepDetail } from '../../shared/schemas/execution.ts';
import { LogEntry } from '../../shared/schemas/log.ts';
import { PluginManifest } from '../../shared/schemas/plugin.ts';
import { CreatedWorkflow, Step, Workflow, WorkflowListItem } from '../../shared/schemas/workflow.ts';
import { isPage } from './envelope.ts';
import { EXAMPLES } from './examples.ts';
import { type RestRoute, restRoutes } from './routes.ts';

const COMMON_ERRORS: ErrorCode[] = ['VALIDATION_ERROR', 'UNAUTHENTICATED', 'FORBIDDEN', 'INTERNAL', 'UNAVAILABLE'];
const BODY_ERRORS: ErrorCode[] = ['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

const Violation = z.object({
  code: z.string(),
  path: z.string().describe('Dotted, for example steps.2.depends_on.0.'),
  message: z.string(),
});

const ErrorAnswer = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    details: z.union([z.array(Violation), z.record(z.string(), z.unknown())]).optional(),
    request_id: z.string(),
    docs: z.url(),
  }),
});

const schemas = {
  ...{ Workflow, WorkflowListItem, CreatedWorkflow, Step, Execution, ExecutionSummary, ExecutionListItem, StepDetail },
  ...{ ExecutionEvent, LogEntry, PluginManifest, ErrorAnswer },
};

export type OpenApiDocument = ReturnType<typeof createOpenApi>;

/** The OpenAPI 3.1 document of the REST API, from the same procedures and schemas that serve it. */
export function createOpenApi() {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of restRoutes()) {
    const { path, method } = route.rest;
    paths[path] = { ...paths[path], [method.toLowerCase()]: describeOperation(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Workflow Orchestration API',
      version: '1.0.0',
      description:
        'Durable workflows of ML steps. A workflow is a DAG of plugin operations; an execution is one run of it. ' +
        'The same operations are served as tRPC at /trpc. An execution is followed live over a WebSocket at ' +
        '/v1/workflows/executions/{execution_id}/stream.',
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    tags: [...new Set(restRoutes().map(({ docs }) => docs.tag))].map((name) => ({ name })),
    components: {
      schemas,
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
    description: `Needs an API key with the scope \`${scope}\`.`,
    tags: [docs.tag],
    requestParams: {
      path,
      ...(takesBody ? {} : { query: others }),
      ...(docs.idempotent ? { header: IDEMPOTENCY } : {}),
    },
    ...(takesBody
      ? { requestBody: { content: { 'application/json': { schema: others, example: example?.request } } } }
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
    .max(255)
    .optional()
    .describe('Any text that is new per intended change. Within 24 h, a repeated request answers as the first did.'),
});

/** The fields of an input that stand in the path, and the others. */
function splitInput(input: z.ZodObject, path: string) {
  const names = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const pick = (inPath: boolean) =>
    z.strictObject(Object.fromEntries(Object.entries(input.shape).filter(([name]) => names.has(name) === inPath)));
  return { path: pick(true), rest: pick(false) };
}

function answerSchema(output: z.ZodType): z.ZodObject {
  const success = z.literal(true);
  return isPage(output) && output instanceof z.ZodObject
    ? z.object({ success, ...output.shape })
    : z.object({ success, data: output });
}

function describeErrors(codes: ErrorCode[], unavailable: ErrorCode[]): Record<`${number}`, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  const add = (status: number, code: ErrorCode) => byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  for (const code of codes) add(ERRORS[code].status, code);
  for (const code of unavailable) add(ERRORS.UNAVAILABLE.status, code);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      `${status}`,
      {
        description: list.map((code) => `\`${code}\`: ${describeCode(code)}`).join('\n\n'),
        content: { 'application/json': { schema: ErrorAnswer } },
      },
    ]),
  );
}

const describeCode = (code: ErrorCode): string =>
  code === 'PAYLOAD_TOO_LARGE' ? `over ${LIMITS.bodyBytes / 1024 / 1024} MiB.` : ERRORS[code].summary;
