import { expect, inject, it } from 'vitest';
import { createClient } from '../../shared/client.ts';
import { fold } from '../../shared/domain/fold.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StreamFrame } from '../../shared/schemas/event.ts';
import { data, getExecution, stream } from './api.ts';

const ROOTS = 90;
const LEAVES = 100;

/** Steps with long ids, on which other steps depend: a snapshot of over a megabyte. */
function steps() {
  const echo = { plugin: 'core', operation: 'echo' };
  const roots = Array.from({ length: ROOTS }, (_, i) => `root_${i}_${'x'.repeat(110)}`);
  return [
    ...roots.map((id, i) => ({ id, ...echo, config: { i } })),
    ...Array.from({ length: LEAVES }, (_, i) => ({ id: `leaf_${i}`, ...echo, depends_on: roots, config: { i } })),
  ];
}

it('watches an execution whose snapshot is larger than a frame, through the typed client and beside it', async () => {
  const { url, api_key: apiKey } = inject('stack');
  const client = createClient({ url, apiKey });
  const workflow = await data<{ id: string }>('POST', '/workflows', { name: 'large', steps: steps() });
  const { execution_id } = await client.workflows.execute.mutate({ workflow_id: workflow.id });

  const changes = [];
  for await (const change of client.watchExecution(execution_id)) changes.push(change);
  const [first, ...later] = changes;
  const now = await getExecution(execution_id);
  expect(now).toMatchObject({ status: 'completed', progress: { completed_steps: ROOTS + LEAVES } });
  expect(changes.at(-1)?.execution).toEqual(now);
  expect(first?.execution.step_details).toHaveLength(ROOTS + LEAVES);
  expect(first && later.flatMap(({ events }) => events).reduce(fold, first.execution)).toEqual(now);

  const sent = await stream(execution_id, (frames) => stepsOf(frames as StreamFrame[]).length === ROOTS + LEAVES);
  const frames = sent as StreamFrame[];
  expect(frames.length).toBeGreaterThan(2);
  for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(LIMITS.frameBytes);
  const { step_details, ...summary } = now;
  expect(frames[0]).toEqual({ snapshot: summary, steps_total: ROOTS + LEAVES });
  expect(stepsOf(frames)).toEqual(step_details);
});

/** The steps that have come in parts. */
const stepsOf = (frames: StreamFrame[]) =>
  frames.flatMap((frame) => ('snapshot_steps' in frame ? frame.snapshot_steps : []));
