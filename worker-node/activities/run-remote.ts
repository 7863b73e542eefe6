import type { JsonValue } from '../../shared/schemas/json.ts';
import { backoffMs } from '../backoff.ts';
import { pause } from '../pause.ts';
import {
  type JobNews,
  type OperationContext,
  type Plugin,
  PluginError,
  type RemoteOperation,
} from '../plugins/define-plugin.ts';
import type { JobHandle } from '../plugins/job-handle.ts';
import { toStepError } from './step-error.ts';
import type { Try } from './try.ts';
import type { TryControl } from './try-control.ts';

const POLL_INTERVAL = { firstMs: 1_000, maxMs: 30_000 };
const ANSWER_MS = 120_000;
const CANCEL_MS = 30_000;
/** A request to submit whose fate is unknown is worth some repetitions: a later try has another key, and pays again. */
const SUBMIT_REQUESTS = 5;

export interface RemoteRun {
  plugin: Pick<Plugin, 'mapError'>;
  operation: RemoteOperation;
  context: OperationContext<unknown>;
  run: Pick<Try, 'control' | 'handle' | 'attach' | 'detach'>;
  idempotencyKey: string;
}

/**
 * Runs a remote operation: submits its job, unless a lost try has left one, and polls it until it has ended. A job that is
 * left before that is cancelled, except when this try is lost: the next one goes on with it.
 */
export async function runRemote(remote: RemoteRun): Promise<JsonValue> {
  const { operation, context, run } = remote;
  const { control } = run;
  const handle = run.handle ?? (await submit(remote));
  let ended = false;
  try {
    const news = await untilEnded(remote, handle);
    ended = true;
    if (news.state === 'failed') throw new PluginError(news.error);
    const signal = unlessStopped(control);
    const result = () => operation.result(withSignal(context, signal), handle);
    return await repeated(remote, { asking: 'for its result', signal }, result);
  } catch (error) {
    const outcome = control.aborted?.outcome ?? 'failed';
    // What failed has had its job: another try submits another.
    if (outcome === 'failed') run.detach();
    if (!ended && outcome !== 'lost') await cancel(remote, handle);
    throw error;
  }
}

/** The job has succeeded: a stop that is found now leaves the grace period to fetch its result; nothing else leaves any. */
function unlessStopped(control: TryControl): AbortSignal {
  const { signal, killSignal } = control;
  const given = new AbortController();
  const onAbort = () => {
    if (control.aborted?.outcome !== 'cancelled') given.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return AbortSignal.any([given.signal, killSignal]);
}

/** A stop does not hurry it: a job that may exist must be known to be cancelled. */
async function submit(remote: RemoteRun): Promise<JobHandle> {
  const { operation, context, run, idempotencyKey } = remote;
  const { signal } = run.control;
  signal.throwIfAborted();
  const handle = await repeated(remote, { asking: 'to submit', signal, requests: SUBMIT_REQUESTS }, () =>
    answer(remote, { ms: ANSWER_MS }, (ctx) => operation.submit(ctx, idempotencyKey)),
  );
  run.attach(handle);
  context.log('INFO', 'The job is submitted.', { handle });
  return handle;
}

async function untilEnded(remote: RemoteRun, handle: JobHandle): Promise<Exclude<JobNews, { state: 'running' }>> {
  const { operation, context, run } = remote;
  const { signal } = run.control;
  for (let polls = 1; ; polls++) {
    signal.throwIfAborted();
    const news = await repeated(remote, { asking: 'for its state', signal }, () =>
      answer(remote, { ms: ANSWER_MS, until: signal }, (ctx) => operation.poll(ctx, handle)),
    );
    if (news.progress) context.progress(news.progress);
    if (news.usage) context.usage(news.usage);
    if (news.state !== 'running') return news;
    await backOff(remote, polls, signal);
  }
}

/** Never throws: what ended the try is told, not this. */
async function cancel(remote: RemoteRun, handle: JobHandle): Promise<void> {
  const { operation, context } = remote;
  const signal = AbortSignal.timeout(CANCEL_MS);
  try {
    await repeated(remote, { asking: 'to cancel', signal }, () =>
      answer(remote, { ms: CANCEL_MS, until: signal }, (ctx) => operation.cancel(ctx, handle)),
    );
    context.log('INFO', 'The job is cancelled.', { handle });
  } catch (error) {
    const { code, message } = toStepError(error, remote.plugin);
    context.log('WARN', `The job could not be cancelled and may still run: ${code}: ${message}`, { handle });
  }
}

/** Asks again while the plugin calls the error retryable, until the signal is aborted. */
async function repeated<T>(
  remote: RemoteRun,
  { asking, signal, requests = Number.POSITIVE_INFINITY }: { asking: string; signal: AbortSignal; requests?: number },
  request: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await request();
    } catch (error) {
      signal.throwIfAborted();
      const { code, message, retryable } = toStepError(error, remote.plugin);
      if (!retryable || failures >= requests) throw error;
      remote.context.log('WARN', `Asking the remote system ${asking} failed, is repeated: ${code}: ${message}`);
    }
    await backOff(remote, failures, signal);
  }
}

/** What the plugin answers within `ms` and before `until` is aborted; then it is not waited for any more. */
async function answer<T>(
  { context }: RemoteRun,
  { ms, until }: { ms: number; until?: AbortSignal },
  ask: (ctx: OperationContext<unknown>) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const message = `The remote system has not answered for ${ms / 1_000} s.`;
  const timer = setTimeout(() => late.abort(new PluginError({ code: 'NO_ANSWER', message, retryable: true })), ms);
  const signal = until ? AbortSignal.any([until, late.signal]) : late.signal;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([ask(withSignal(context, signal)), aborted]);
  } finally {
    clearTimeout(timer);
  }
}

const withSignal = (context: OperationContext<unknown>, signal: AbortSignal): OperationContext<unknown> => ({
  ...context,
  signal,
  get gracePeriodMs() {
    return context.gracePeriodMs;
  },
  get storingSignal() {
    return context.storingSignal;
  },
});

async function backOff({ operation }: RemoteRun, times: number, signal: AbortSignal): Promise<void> {
  const ms = backoffMs(operation.pollInterval ?? POLL_INTERVAL, times);
  await pause(ms, signal);
  signal.throwIfAborted();
}
