import { createClient } from '../../shared/client.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { StackInfo } from '../local/stack.ts';
import type { DemoOptions } from './options.ts';
import type { Progress } from './progress.ts';

/** Creates the example's workflow, executes it and watches it to its end. Resolves to what GET answers then. */
export async function runExample(
  { url, api_key }: Pick<StackInfo, 'url' | 'api_key'>,
  { example, definition, parameters }: DemoOptions,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Execution> {
  const client = createClient({ url, apiKey: api_key });
  const workflow = await client.workflows.create.mutate(definition, { signal });
  progress.say(`created ${workflow.name} (${workflow.id}) from examples/${example}/workflow.json`);
  const input = { workflow_id: workflow.id, execution_name: `demo ${example}`, parameters };
  const { execution_id } = await client.workflows.execute.mutate(input, { signal });
  progress.say(`started ${execution_id}`);
  for await (const { execution } of client.watchExecution(execution_id, { signal })) progress.update(execution);
  return await client.executions.get.query({ execution_id }, { signal });
}
