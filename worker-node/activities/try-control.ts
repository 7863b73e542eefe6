import type { Context } from '@temporalio/activity';
import { longSleep } from '../long-sleep.ts';
import { PluginError } from '../plugins/define-plugin.ts';
import { GRACE_MS, PROMPT_STORING_MS, STORING_MS } from '../workflows/run-limits.ts';
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
  /** Aborted with the same PluginError when that is over, or taken away, while the work still runs. */
  readonly killSignal: AbortSignal;
  /** Null also when the work had ended before anything ended the try. */
  readonly aborted: TryAbort | null;
  /** Aborted with the same PluginError when what the work has left is to be stored by now. */
  readonly storingSignal: AbortSignal;
  /** Whether the operation was waited for no longer. */
  readonly abandoned: boolean;
  abort(outcome: TryOutcome, graceful?: boolean): void;
  /** From now on the operation has this long. */
  startTimeout(ms: number): void;
  /** The work has ended by itself: no stop, timeout or lost lease that is found from now on changes how, or hurries the storing. */
  workEnded(): void;
  /** The work has ended after it was told to: storing has a time of its own from now on, with a new `storingSignal`. */
  workStopped(): void;
  /** Nobody waits for the try any more, which had ended its work: nothing of it is kept. */
  disown(): void;
  /** The operation's answer, or a rejection when it has not come soon after `killSignal` or `storingSignal` has aborted. */
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

/** What an operation has to answer after the last that it was told. */
const LAST_MS = 500;

/** @param onOvertaken called when a stop is found whose try had ended its work by then, and still stores what that has left. */
export function createTryControl(
  activity: Pick<Context, 'cancellationSignal' | 'cancellationDetails'>,
  onOvertaken: () => void,
): TryControl {
  const controller = new AbortController();
  const kill = new AbortController();
  const timeout = new AbortController();
  let storing = new AbortController();
  let aborted: TryAbort | null = null;
  let graceMs = GRACE_MS;
  let ended = false;
  let stopped = false;
  let abandoned = false;
  const abandonment = Promise.withResolvers<never>();
  // Nobody listens when the operation ends in time.
  abandonment.promise.catch(() => undefined);
  /** Where the present phase of a try ends that was told to end. */
  let deadline: NodeJS.Timeout | undefined;

  function endPhase(ms: number, phase: () => AbortController, { error }: TryAbort): void {
    clearTimeout(deadline);
    deadline = setTimeout(() => {
      phase().abort(error);
      deadline = setTimeout(() => {
        abandoned = true;
        abandonment.reject(error);
      }, LAST_MS);
    }, ms);
  }

  function limitStoring(to: TryAbort): void {
    endPhase(graceMs === 0 ? PROMPT_STORING_MS : STORING_MS, () => storing, to);
  }

  function abort(outcome: TryOutcome, graceful = true): void {
    const found = aborted === null;
    if (!found && (graceful || graceMs === 0)) return;
    if (!graceful) graceMs = 0;
    const [code, message, retryable] = ABORTS[outcome];
    aborted ??= { outcome, error: new PluginError({ code, message, retryable }) };
    if (ended) {
      if (found && outcome === 'cancelled') onOvertaken();
      return;
    }
    if (stopped) limitStoring(aborted);
    else endPhase(graceMs, () => kill, aborted);
    controller.abort(aborted.error);
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
    get storingSignal() {
      return storing.signal;
    },
    get aborted() {
      return ended ? null : aborted;
    },
    get abandoned() {
      return abandoned;
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
      if (kill.signal.aborted || stopped) return;
      ended = true;
      clearTimeout(deadline);
      timeout.abort(NO_TIMEOUT);
      if (aborted?.outcome === 'cancelled') onOvertaken();
    },
    disown() {
      const [code, message, retryable] = ABORTS.lost;
      const error = new PluginError({ code, message, retryable });
      ended = false;
      aborted = { outcome: 'lost', error };
      storing.abort(error);
      abandonment.reject(error);
    },
    workStopped() {
      if (!aborted || ended) return;
      stopped = true;
      storing = new AbortController();
      limitStoring(aborted);
    },
    orAbandon: (operation) => Promise.race([operation, abandonment.promise]),
    dispose() {
      activity.cancellationSignal.removeEventListener('abort', onCancelled);
      timeout.abort(NO_TIMEOUT);
      clearTimeout(deadline);
    },
  };
}
