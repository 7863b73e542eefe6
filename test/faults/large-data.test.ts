import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LIMITS } from '../../shared/limits.ts';
import { STREAM_CLOSE } from '../../shared/schemas/event.ts';
import type { StepOutput } from '../../shared/schemas/execution.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { stepIs, watch } from './harness/watch.ts';

let faults: FaultStack;
beforeAll(async () => {
  faults = await startFaultStack();
});
afterAll(() => faults?.stop());

const script = (id: string, file: string, input: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  ...{ id, plugin: 'node', operation: 'script' },
  config: { script: `test/faults/fixtures/${file}`, input },
  ...more,
});

it('passes an output of 1 MiB by reference, and an artifact by its URI', async () => {
  const { api } = faults;
  const bytes = 1024 * 1024;
  const { execution_id } = await api.start([
    script('large', 'large-output.mjs', { bytes }),
    {
      ...{ id: 'reads', plugin: 'core', operation: 'transform', depends_on: ['large'] },
      config: { value: { length: '${{ size(steps.large.output.text) }}', tail: '${{ steps.large.output.tail }}' } },
    },
    {
      ...{ id: 'counts', plugin: 'duckdb', operation: 'query', depends_on: ['large'] },
      config: {
        sql: 'SELECT count(*) AS rows, sum(number) AS sum FROM numbers',
        inputs: { numbers: '${{ steps.large.output.artifact }}' },
      },
    },
  ]);
  const execution = await watch(api, execution_id).ended();
  const [large, reads, counts] = execution.step_details;
  expect(execution.error).toBeNull();
  expect(large).toMatchObject({
    status: 'completed',
    output: {
      $ref: `output://${execution_id}/1/large/1`,
      size: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    artifacts: [`artifact://${execution_id}/large/large.csv`],
  });
  expect(reads).toMatchObject({ status: 'completed', output: { length: bytes, tail: 42 } });
  expect(counts).toMatchObject({ status: 'completed', output: { rows: [{ rows: 1_000, sum: 499_500 }] } });
  const { output } = await api.data<StepOutput>('GET', `/workflows/executions/${execution_id}/outputs/large`);
  expect(output).toMatchObject({ text: 'x'.repeat(bytes), tail: 42 });
});

it('fails a step whose output is over the limit, and says so', async () => {
  const { api } = faults;
  const { execution_id } = await api.start([script('huge', 'large-output.mjs', { bytes: LIMITS.outputBytes })]);
  const execution = await watch(api, execution_id).ended();
  expect(execution).toMatchObject({
    status: 'failed',
    step_details: [
      { status: 'failed', error: { message: expect.stringMatching(/16 MiB|16777216/), retryable: false } },
    ],
  });
});

it('cuts a viewer that does not read, with 4408 where there are codes, and harms no other', async () => {
  const { api, stack } = faults;
  const { execution_id } = await api.start([
    { ...{ id: 'wait', plugin: 'core', operation: 'echo' }, config: { delay: '1s' } },
    script('chatty', 'chatty.mjs', { entries: 1_000, bytes: 32_000 }, { depends_on: ['wait'] }),
  ]);
  const reader = watch(api, execution_id);
  const url = `${stack.url}/v1/workflows/executions/${execution_id}/stream?logs=true`;
  const headers = { authorization: `Bearer ${stack.api_key}` };
  // Compressed, what it does not read would hardly take any room.
  const deaf = new WebSocket(url.replace('http', 'ws'), { headers, perMessageDeflate: false });
  await once(deaf, 'open');
  deaf.pause();
  const deafToo = await new Promise<IncomingMessage>((resolve) => {
    get(url, { agent: false, headers: { ...headers, accept: 'text/event-stream' } }, resolve);
  });
  await reader.until('the step runs', stepIs('chatty', 'running'));
  expect(await reader.ended()).toMatchObject({ status: 'completed' });
  const closed = once(deaf, 'close');
  deaf.resume();
  expect((await closed)[0]).toBe(STREAM_CLOSE.slowViewer);
  await expect(text(deafToo)).rejects.toThrow('aborted');
});
