import { AppError } from '../shared/errors.ts';

/** The edge read the request and will never take it: it is not the edge's state, or the key, that is at fault. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'VALIDATION_ERROR' || error.code === 'PAYLOAD_TOO_LARGE');
}
