import { createClient } from '../../shared/client.ts';
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

/** Creates the example's workflow, executes it and watches it to its end. Resolves to what GET answers then. */
export async function runExample(
  { url, api_key }: Pick<StackInfo, 'url' | 'api_key'>,
  { example, definition, parameters }: DemoOptions,
  { progress, signal, onStarted }: Watcher,
): Promise<Execution> {
  const client = createClient({ url, apiKey: api_key });
  const answer = <T>(work: Promise<T>): Promise<T> =>
    sayWhileWaiting(work, (seconds) => progress.say(`waiting for an answer of the API … ${seconds} s`));

  const workflow = await answer(client.workflows.create.mutate(definition, { signal }));
  progress.say(`created ${workflow.name} (${workflow.id}) from examples/${example}/workflow.json`);
  const input = { workflow_id: workflow.id, execution_name: `demo ${example}`, parameters };
  signal.throwIfAborted();
  const { execution_id } = await answer(client.workflows.execute.mutate(input, { signal: later(signal) }));
  onStarted(execution_id);
  progress.say(`started ${execution_id}`);
  const stopLooking = sayWhenAway(url, progress.say);
  try {
    for await (const { execution } of client.watchExecution(execution_id, { signal })) progress.update(execution);
    return await answer(client.executions.get.query({ execution_id }, { signal }));
  } finally {
    stopLooking();
  }
}
