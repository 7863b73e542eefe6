import type { Context } from '@temporalio/activity';
import { longSleep } from '../long-sleep.ts';
import { PluginError } from '../plugins/define-plugin.ts';
import { GRACE_MS } from '../workflows/run-limits.ts';
import type { TryOutcome } from './contract.ts';

/** Why a try is to end before its operation does. */
export interface TryAbort {
  outcome: TryOutcome;
  error: PluginError;
}

/** Ends a try from outside: on stop, timeout or loss of the lease. */
export interface TryControl {
  /** Aborted with a PluginError when the operation is to end. */
  readonly signal: AbortSignal;
  /** What the operation has to finish after that. */
  readonly graceMs: number;
  /** Aborted with the same PluginError when that is over, or taken away. */
  readonly killSignal: AbortSignal;
  /** Null also when the work had ended before anything ended the try. */
  readonly aborted: TryAbort | null;
  /** Aborted a grace period after the try was to end: for storing what its work has left. */
  readonly storingSignal: AbortSignal;
  abort(outcome: TryOutcome, graceful?: boolean): void;
  /** From now on the operation has this long. */
  startTimeout(ms: number): void;
  /** The work has ended by itself: no stop, timeout or lost lease that is found from now on changes how. */
  workEnded(): void;
  /** The operation's answer, or a rejection when it has not come within the grace period. */
  orAbandon<T>(operation: Promise<T>): Promise<T>;
  dispose(): void;
}

const ABORTS: Record<TryOutcome, [code: string, message: string, retryable: boolean]> = {
  failed: ['TIMEOUT', 'The step took longer than its timeout.', true],
  cancelled: ['CANCELLED', 'The execution was stopped.', false],
  withdrawn: ['CANCELLED', 'The execution was stopped before it started.', false],
  lost: ['WORKER_LOST', 'The worker that ran this try went away.', true],
};

/** Given, since abort() alone makes an error with a stack trace, for every try that ends in time. */
const NO_TIMEOUT = 'the operation has ended';

export function createTryControl(activity: Pick<Context, 'cancellationSignal' | 'cancellationDetails'>): TryControl {
  const controller = new AbortController();
  const kill = new AbortController();
  let abandon: (error: PluginError) => void = () => undefined;
  const abandoned = new Promise<never>((_, reject) => {
    abandon = reject;
  });
  // Nobody listens when the operation ends in time.
  abandoned.catch(() => undefined);
  let aborted: TryAbort | null = null;
  let graceMs = GRACE_MS;
  let grace: NodeJS.Timeout | undefined;
  const timeout = new AbortController();
  const storing = new AbortController();
  let storingEnd: NodeJS.Timeout | undefined;
  let ended = false;

  function abort(outcome: TryOutcome, graceful = true): void {
    if (!graceful) graceMs = 0;
    else if (aborted) return;
    const [code, message, retryable] = ABORTS[aborted?.outcome ?? outcome];
    aborted ??= { outcome, error: new PluginError({ code, message, retryable }) };
    const { error } = aborted;
    storingEnd ??= setTimeout(() => {
      // Nobody can be told of the end without what it has left.
      ended = false;
      storing.abort(error);
    }, GRACE_MS);
    if (ended) return;
    clearTimeout(grace);
    grace = setTimeout(() => {
      kill.abort(error);
      abandon(error);
    }, graceMs);
    controller.abort(error);
  }

  function onCancelled(): void {
    const { cancelRequested = true, workerShutdown = false } = activity.cancellationDetails ?? {};
    if (cancelRequested) abort('cancelled');
    // Not the user's stop. A try that the engine has given up is replaced already: the two must not run side by side.
    else abort('lost', workerShutdown);
  }
  if (activity.cancellationSignal.aborted) onCancelled();
  else activity.cancellationSignal.addEventListener('abort', onCancelled, { once: true });

  return {
    signal: controller.signal,
    killSignal: kill.signal,
    get graceMs() {
      return graceMs;
    },
    storingSignal: storing.signal,
    get aborted() {
      return ended ? null : aborted;
    },
    abort,
    startTimeout(ms) {
      longSleep(ms, timeout.signal).then(
        () => abort('failed'),
        () => undefined,
      );
    },
    workEnded() {
      // Too late: it has been given up.
      if (kill.signal.aborted) return;
      ended = true;
      clearTimeout(grace);
      timeout.abort(NO_TIMEOUT);
    },
    orAbandon: (operation) => Promise.race([operation, abandoned]),
    dispose() {
      activity.cancellationSignal.removeEventListener('abort', onCancelled);
      timeout.abort(NO_TIMEOUT);
      clearTimeout(grace);
      clearTimeout(storingEnd);
    },
  };
}
