import { TRPCError } from '@trpc/server';
import { readableJson } from '../../shared/domain/well-formed.ts';
import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';

type TrpcCode = TRPCError['code'];

/** The error object of an answer, the same in both protocols. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  details?: JsonValue;
  request_id: string;
  /** Where the code is explained. */
  docs: string;
}

/** What went wrong in the API's own words. Anything that nobody threw on purpose is INTERNAL, or UNAVAILABLE when a part is down. */
export function toAppError(error: unknown): AppError {
  for (const cause of causes(error)) if (isAppError(cause)) return cause;
  if (isTrpcError(error) && error.code !== 'INTERNAL_SERVER_ERROR')
    return new AppError(codeOf(error.code), error.message, { cause: error });
  if (causes(error).some(isOutage))
    return new AppError('UNAVAILABLE', 'a part of the service is down; try again', { cause: error });
  return new AppError('INTERNAL', 'an unexpected error; quote the request id when reporting it', { cause: error });
}

/** The same error for tRPC, which derives its HTTP status from a code of its own. */
export function toTrpcError(error: AppError): TRPCError {
  const { trpc } = error.status === ERRORS.UNAVAILABLE.status ? ERRORS.UNAVAILABLE : ERRORS[error.code];
  return new TRPCError({ code: trpc, message: error.message, cause: error });
}

export function errorBody(error: AppError, request: { requestId: string; origin: string }): ErrorBody {
  return {
    code: error.code,
    message: error.message,
    ...(error.details === undefined ? {} : { details: readableJson(error.details) }),
    request_id: request.requestId,
    docs: `${request.origin}/docs#${error.code}`,
  };
}

/** Writes what the caller is not told. Errors that name a mistake of the caller leave no trace. */
export function logError(error: AppError, requestId: string): void {
  if (error.status >= ERRORS.INTERNAL.status && error.cause !== undefined)
    console.error(`request ${requestId}: ${error.code}:`, error.cause);
}

const isAppError = (error: unknown): error is AppError => error instanceof Error && error.name === 'AppError';
const isTrpcError = (error: unknown): error is TRPCError => error instanceof Error && error.name === 'TRPCError';

/** The error and the errors that caused it, outermost first. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next instanceof Error && !chain.includes(next); next = next.cause) chain.push(next);
  return chain;
}

/** A failure of D1 that no statement of ours caused, or a Durable Object that cannot be reached right now. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (('retryable' in error && error.retryable === true) || ('overloaded' in error && error.overloaded === true))
    return true;
  return error.message.startsWith('D1_') && !error.message.includes('SQLITE_');
}

const CODES = Object.keys(ERRORS) as ErrorCode[];

/** The first code of the table that tRPC calls so; what it calls otherwise (a batch too large, a broken body) is the caller's mistake. */
const codeOf = (trpc: TrpcCode): ErrorCode => CODES.find((code) => ERRORS[code].trpc === trpc) ?? 'VALIDATION_ERROR';
