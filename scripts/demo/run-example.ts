import { createClient } from '../../shared/client.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { StackInfo } from '../local/stack.ts';
import type { DemoOptions } from './options.ts';
import type { Progress } from './progress.ts';

/** Creates the example's workflow, executes it and watches it to its end. */
export async function runExample(
  stack: Pick<StackInfo, 'url' | 'api_key'>,
  { example, definition, parameters }: DemoOptions,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Execution> {
  const api = restApi(stack, signal);
  const workflow = await api<{ id: string; name: string }>('POST', '/workflows', definition);
  progress.say(`created ${workflow.name} (${workflow.id}) from examples/${example}/workflow.json`);
  const started = await api<Execution>('POST', `/workflows/${workflow.id}/execute`, {
    execution_name: 'demo',
    parameters,
  });
  progress.say(`started ${started.execution_id}`);
  const client = createClient({ url: stack.url, apiKey: stack.api_key });
  for await (const { execution } of client.watchExecution(started.execution_id, { signal })) progress.update(execution);
  return await api<Execution>('GET', `/workflows/executions/${started.execution_id}`);
}

/** The REST API as curl would use it; throws what it answers when that is an error. */
function restApi({ url, api_key }: Pick<StackInfo, 'url' | 'api_key'>, signal: AbortSignal) {
  return async <Data>(method: string, path: string, body?: unknown): Promise<Data> => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api_key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    });
    const answer = (await response.json()) as
      | { success: true; data: Data }
      | { success: false; error: { code: string; message: string } };
    if (!answer.success) throw new Error(`${method} ${path}: ${answer.error.code}: ${answer.error.message}`);
    return answer.data;
  };
}
