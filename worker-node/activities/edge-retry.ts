import { AppError, ERRORS } from '../../shared/errors.ts';
import { pause } from '../pause.ts';

const FIRST_MS = 200;
const MAX_MS = 5_000;

/** Repeats a request to the edge for as long as trying again may help. Rejects with the signal's reason once it is aborted. */
export async function whileEdgeIsAway<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let delay = FIRST_MS; ; delay = Math.min(MAX_MS, delay * 2)) {
    signal.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof AppError) || !ERRORS[error.code].retryable) throw error;
    }
    await pause(delay, signal);
  }
}
