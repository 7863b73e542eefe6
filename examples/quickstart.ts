/** The typed client in one file: `node_modules/.bin/node examples/quickstart.ts` while `npm start` runs. */
import { existsSync, readFileSync } from 'node:fs';
import { createClient } from '../shared/client.ts';

const local = new URL('../.wf/local.json', import.meta.url);
if (!existsSync(local)) throw new Error('no stack runs: npm start writes .wf/local.json once it is up');
const { url, api_key: apiKey } = JSON.parse(readFileSync(local, 'utf8'));
const client = createClient({ url, apiKey });

const workflow = await client.workflows.create.mutate({
  name: 'hello',
  steps: [
    { id: 'numbers', plugin: 'core', operation: 'echo', config: { values: [1, 2, 3], delay: '1s' } },
    {
      id: 'count',
      plugin: 'core',
      operation: 'echo',
      depends_on: ['numbers'],
      config: { count: '${{ size(steps.numbers.output.values) + parameters.extra }}' },
    },
  ],
});

const { execution_id } = await client.workflows.execute.mutate({ workflow_id: workflow.id, parameters: { extra: 4 } });

for await (const { execution, events } of client.watchExecution(execution_id)) {
  for (const { seq, type, data } of events) console.log(seq, type, data.step_id ?? '');
  if (execution.completed_at) console.log(execution.status, execution.step_details.at(-1)?.output);
}
