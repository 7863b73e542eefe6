import { randomUUID } from 'node:crypto';
import { backoffMs, pause } from '../../shared/client/backoff.ts';
import { createClient, isTransient } from '../../shared/client.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import { sayWhenAway } from '../local/health.ts';
import { sayWhileWaiting } from '../local/say-while-waiting.ts';
import type { StackInfo } from '../local/stack.ts';
import type { DemoOptions } from './options.ts';
import type { Progress } from './progress.ts';

export interface Watcher {
  progress: Progress;
  signal: AbortSignal;
  /** Told the id as soon as there is an execution. */
  onStarted: (executionId: string) => void;
}

/** How long the answer to a start may take that was sent when the signal came: without it nobody would know the id. */
const ANSWER_MS = 2_000;

/** Aborts some time after `signal` does. */
function later(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => setTimeout(() => controller.abort(signal.reason), ANSWER_MS).unref();
  signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

/** How long the edge may be away while a request waits for it: a crashed one is back within seconds. */
const PATIENCE_MS = 60_000;

/** Makes a call again until the API answers it. */
async function insist<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const until = Date.now() + PATIENCE_MS;
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      if (signal.aborted || !isTransient(error) || Date.now() > until) throw error;
      await pause(backoffMs(failures, Math.random()), signal);
    }
  }
}

/** Creates the example's workflow, executes it and watches it to its end. Resolves to what GET answers then. */
export async function runExample(
  { url, api_key }: Pick<StackInfo, 'url' | 'api_key'>,
  { example, definition, parameters }: DemoOptions,
  { progress, signal, onStarted }: Watcher,
): Promise<Execution> {
  const client = createClient({ url, apiKey: api_key });
  const answer = <T>(call: () => Promise<T>): Promise<T> =>
    sayWhileWaiting(insist(call, signal), (seconds) => progress.say(`waiting for an answer of the API … ${seconds} s`));
  // A request whose answer was lost is made again, and changes nothing the second time.
  const once = () => ({ idempotencyKey: randomUUID() });

  const creation = { context: once(), signal };
  const workflow = await answer(() => client.workflows.create.mutate(definition, creation));
  progress.say(`created ${workflow.name} (${workflow.id}) from examples/${example}/workflow.json`);
  const input = { workflow_id: workflow.id, execution_name: `demo ${example}`, parameters };
  signal.throwIfAborted();
  const start = { context: once(), signal: later(signal) };
  const { execution_id, warnings } = await answer(() => client.workflows.execute.mutate(input, start));
  onStarted(execution_id);
  progress.say(`started ${execution_id}`);
  for (const { message } of warnings) progress.say(`warning: ${message}`);
  const stopLooking = sayWhenAway(url, progress.say);
  try {
    for await (const { execution } of client.watchExecution(execution_id, { signal })) progress.update(execution);
    return await answer(() => client.executions.get.query({ execution_id }, { signal }));
  } finally {
    stopLooking();
  }
}
