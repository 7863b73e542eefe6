import { write } from './wf-channel.ts';
import { messageOf, showObject } from './wf-shown.ts';

/** Throw it to fail the step with a code of your own; `retryable: false` fails it whatever its retry policy says. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string,
    { retryable = true, details }: { retryable?: boolean; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.retryable = retryable;
    this.details = details;
  }
}

/** What tells a Failure, also after its class was lost on the way out of a worker thread. */
interface FailureShape {
  code: string;
  message: unknown;
  retryable: unknown;
  details?: unknown;
}

/** Writes the event that says how the script failed. Never throws. */
export function report(error: unknown): void {
  try {
    write(eventOf(error));
  } catch {
    write({ type: 'error', message: messageOf(error) });
  }
}

function eventOf(error: unknown): Record<string, unknown> {
  const failure = failureIn(error, new Set());
  if (!failure) return { type: 'error', message: messageOf(error) };
  const { code, message, retryable, details } = failure;
  return {
    type: 'error',
    code: messageOf(code),
    message: messageOf(message),
    retryable: Boolean(retryable),
    ...(details !== undefined && details !== null && { details: showObject(details) }),
  };
}

/** The failure itself, one of several errors, or the one that was given as a cause. */
function failureIn(error: unknown, seen: Set<unknown>): FailureShape | undefined {
  if (typeof error !== 'object' || error === null || seen.has(error)) return undefined;
  seen.add(error);
  if ('name' in error && error.name === 'Failure' && 'code' in error && 'retryable' in error)
    return error as unknown as FailureShape;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  for (const inner of [...(Array.isArray(errors) ? errors : []), cause]) {
    const found = failureIn(inner, seen);
    if (found) return found;
  }
  return undefined;
}
