import { expect, inject, it } from 'vitest';
import { createClient } from '../../shared/client.ts';
import { fold } from '../../shared/domain/fold.ts';

it('creates, executes and watches through the typed client', async () => {
  const { url, api_key: apiKey } = inject('stack');
  const client = createClient({ url, apiKey });
  const workflow = await client.workflows.create.mutate({
    name: 'by the client',
    steps: [
      { id: 'a', plugin: 'core', operation: 'echo', config: { value: '${{ parameters.value }}', delay: '500ms' } },
      {
        id: 'b',
        plugin: 'core',
        operation: 'echo',
        depends_on: ['a'],
        config: { twice: '${{ steps.a.output.value * 2 }}' },
      },
    ],
  });
  const { execution_id } = await client.workflows.execute.mutate({
    workflow_id: workflow.id,
    parameters: { value: 21 },
  });

  const changes = [];
  for await (const change of client.watchExecution(execution_id, { logs: true })) changes.push(change);
  const [first, ...later] = changes;
  const events = later.flatMap((change) => change.events);
  const last = changes.at(-1)?.execution;
  expect(last).toMatchObject({ status: 'completed', step_details: [{}, { output: { twice: 42 } }] });
  expect(last).toEqual(await client.executions.get.query({ execution_id }));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => (first?.execution.seq ?? 0) + 1 + i));
  expect(first && events.reduce(fold, first.execution)).toEqual(last);
  expect(later.flatMap((change) => change.logs).map((entry) => entry.step_id)).toContain('b');
});

it('tells the client what was wrong, by the code of the API', async () => {
  const { url, api_key: apiKey } = inject('stack');
  const { executions } = createClient({ url, apiKey });
  await expect(executions.get.query({ execution_id: 'exec_nope' })).rejects.toMatchObject({
    data: { error: { code: 'EXECUTION_NOT_FOUND' } },
  });
});
