import { isChild, write } from './wf-channel.ts';
import { messageOf, showObject } from './wf-shown.ts';

/** Tells a Failure, whatever a subclass calls itself and whichever copy of the helper made it. */
const BRAND = Symbol.for('wf.Failure');

/** Throw it to fail the step with a code of your own; `retryable: false` fails it whatever its retry policy says. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string = code,
    { retryable = true, details }: { retryable?: boolean; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.retryable = retryable;
    this.details = details;
  }

  get [BRAND](): true {
    return true;
  }
}

/** What tells a Failure after its class was lost on the way out of a worker thread. */
interface FailureShape {
  code: string;
  message: unknown;
  retryable: unknown;
  details?: unknown;
}

/** What ends this process. One that the script started tells of a Failure alone. Never throws. */
export function reportEnd(error: unknown): void {
  if (!isChild() || isDeclared(error)) report(error);
}

function isDeclared(error: unknown): boolean {
  try {
    return failureIn(error, new Set()) !== undefined;
  } catch {
    return false;
  }
}

/** Writes the event that says how the script failed. Never throws. */
function report(error: unknown): void {
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

/** The failure itself, one of several errors, the one that was given as a cause, or that an error while disposing took the place of. */
function failureIn(error: unknown, seen: Set<unknown>): FailureShape | undefined {
  if (typeof error !== 'object' || error === null || seen.has(error)) return undefined;
  seen.add(error);
  const hasShape = 'name' in error && error.name === 'Failure' && 'code' in error && 'retryable' in error;
  if (hasShape || BRAND in error) return error as unknown as FailureShape;
  const { cause, errors, suppressed } = error as { cause?: unknown; errors?: unknown; suppressed?: unknown };
  for (const inner of [...(Array.isArray(errors) ? errors : []), cause, suppressed]) {
    const found = failureIn(inner, seen);
    if (found) return found;
  }
  return undefined;
}
