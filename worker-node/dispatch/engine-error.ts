import { isGrpcServiceError } from '@temporalio/client';
import { describeError } from '../logger.ts';

/**
 * How a call to the engine failed. `refused`: this very request will never be accepted. `unavailable`: the engine is
 * down, overloaded, or not set up for this worker (namespace, credentials); later the same request may be accepted.
 */
export interface EngineFailure {
  kind: 'refused' | 'unavailable';
  detail: string;
}

// gRPC status codes, https://grpc.io/docs/guides/status-codes/
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
/** Text of gRPC when a message is above its size limit, which has the code of an overload. */
const TOO_LARGE = /larger than max/;

export function engineFailure(error: unknown): EngineFailure {
  const detail = describeError(error);
  const code = grpcCode(error);
  const refused = code === INVALID_ARGUMENT || (code === RESOURCE_EXHAUSTED && TOO_LARGE.test(detail));
  return { kind: refused ? 'refused' : 'unavailable', detail };
}

/** The SDK wraps the gRPC error as the cause of its own. */
function grpcCode(error: unknown): number | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (isGrpcServiceError(current)) return current.code;
  }
  return undefined;
}
