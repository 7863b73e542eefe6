import { wellFormed } from './domain/well-formed.ts';

/** What the API can answer besides success: one row per code, from which HTTP and tRPC derive their status. */
export const ERRORS = {
  VALIDATION_ERROR: {
    status: 400,
    trpc: 'BAD_REQUEST',
    retryable: false,
    summary: 'The request does not have the documented form; `details` lists every violation.',
  },
  UNAUTHENTICATED: {
    status: 401,
    trpc: 'UNAUTHORIZED',
    retryable: false,
    summary: 'No API key, or one that is unknown or revoked.',
  },
  FORBIDDEN: {
    status: 403,
    trpc: 'FORBIDDEN',
    retryable: false,
    summary: 'The API key lacks the scope that the operation needs.',
  },
  NOT_FOUND: { status: 404, trpc: 'NOT_FOUND', retryable: false, summary: 'No such route or resource.' },
  WORKFLOW_NOT_FOUND: {
    status: 404,
    trpc: 'NOT_FOUND',
    retryable: false,
    summary: 'Workflow definition does not exist.',
  },
  EXECUTION_NOT_FOUND: {
    status: 404,
    trpc: 'NOT_FOUND',
    retryable: false,
    summary: 'Workflow execution does not exist.',
  },
  OUTPUT_NOT_FOUND: {
    status: 404,
    trpc: 'NOT_FOUND',
    retryable: false,
    summary: 'The step does not exist or has no output.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    trpc: 'METHOD_NOT_SUPPORTED',
    retryable: false,
    summary: 'The route exists, but not for this method; see the Allow header.',
  },
  CONFLICT: {
    status: 409,
    trpc: 'CONFLICT',
    retryable: false,
    summary: 'The current state forbids it, or an idempotency key came back with another request.',
  },
  SCHEDULE_CONFLICT: {
    status: 409,
    trpc: 'CONFLICT',
    retryable: false,
    summary: 'Schedule conflicts with existing workflows.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    trpc: 'PAYLOAD_TOO_LARGE',
    retryable: false,
    summary: 'The request body is over the limit.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    trpc: 'UNSUPPORTED_MEDIA_TYPE',
    retryable: false,
    summary: 'The body is not application/json, or is compressed.',
  },
  STEP_DEPENDENCY_ERROR: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    retryable: false,
    summary: 'Step dependencies cannot be resolved.',
  },
  PLUGIN_UNAVAILABLE: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    retryable: false,
    summary: 'Required plugin is not available. On execute, where it may be there later, the status is 503.',
  },
  RESOURCE_INSUFFICIENT: {
    status: 422,
    trpc: 'UNPROCESSABLE_CONTENT',
    retryable: false,
    summary: 'Insufficient compute resources. On execute, where they may be there later, the status is 503.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    trpc: 'BAD_REQUEST',
    retryable: false,
    summary: 'The route is a WebSocket: send `Upgrade: websocket`, or what else the message names.',
  },
  RATE_LIMITED: {
    status: 429,
    trpc: 'TOO_MANY_REQUESTS',
    retryable: true,
    summary: 'Too many requests; see the Retry-After header.',
  },
  INTERNAL: {
    status: 500,
    trpc: 'INTERNAL_SERVER_ERROR',
    retryable: true,
    summary: 'An unexpected error; quote the request id when reporting it.',
  },
  UNAVAILABLE: {
    status: 503,
    trpc: 'SERVICE_UNAVAILABLE',
    retryable: true,
    summary: 'A part of the service is down; try again.',
  },
} as const;

/** A code of ERRORS. */
export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong with a request. `path` is dotted (`steps.2.depends_on.0`), empty for the whole body. */
export interface Violation {
  code: ErrorCode;
  path: string;
  message: string;
}

/** What an AppError carries besides code and message. */
export interface AppErrorOptions {
  details?: readonly Violation[] | Readonly<Record<string, unknown>>;
  cause?: unknown;
  /** Overrides the table's HTTP status: PLUGIN_UNAVAILABLE and RESOURCE_INSUFFICIENT are 422 on create, 503 on execute. */
  status?: number;
}

/** The one error that the product throws on purpose. Compare by `code`, never by `instanceof`, across a boundary. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: AppErrorOptions['details'];

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    // It may repeat what somebody sent: half a character would make the whole answer unreadable.
    super(wellFormed(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? ERRORS[code].status;
    this.details = options.details;
  }
}

/** When several kinds of violation occur, the answer carries the first of these codes that is among them. */
export const PRECEDENCE = [
  'VALIDATION_ERROR',
  'STEP_DEPENDENCY_ERROR',
  'PLUGIN_UNAVAILABLE',
  'RESOURCE_INSUFFICIENT',
] as const satisfies readonly ErrorCode[];

/** The error that reports `violations` (at least one): top code by precedence, message of the first violation of that code. */
export function violationsError(
  violations: readonly Violation[],
  options: Pick<AppErrorOptions, 'status'> = {},
): AppError {
  const code =
    PRECEDENCE.find((candidate) => violations.some((violation) => violation.code === candidate)) ?? 'VALIDATION_ERROR';
  const first = violations.find((violation) => violation.code === code);
  const where = first?.path ? `${first.path}: ` : '';
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more, see details)` : '';
  return new AppError(code, `${where}${first?.message ?? 'invalid request'}${more}`, {
    details: violations,
    ...options,
  });
}
