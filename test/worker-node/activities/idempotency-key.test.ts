import { expect, test } from 'vitest';
import type { StepInput } from '../../../worker-node/activities/contract.ts';
import { idempotencyKey } from '../../../worker-node/activities/idempotency-key.ts';

const input: StepInput = {
  execution: { id: 'exec_1', name: null, attempt: 1, workflow_id: 'wf_1' },
  step: { id: 'train', plugin: 'vendor', operation: 'run', timeout_ms: 1_000 },
  spec: null,
  reads: null,
  try: 1,
};

test('an idempotency key has 64 characters, and is the same however many tries were lost', () => {
  expect(idempotencyKey(input)).toMatch(/^[0-9a-f]{64}$/);
  expect(idempotencyKey({ ...input, try: 3 })).toBe(idempotencyKey(input));
});

test.each<[string, Partial<StepInput>]>([
  ['execution', { execution: { ...input.execution, id: 'exec_2' } }],
  ['attempt', { execution: { ...input.execution, attempt: 2 } }],
  ['step', { step: { ...input.step, id: 'test' } }],
  ['number of failed tries', { failed: 1 }],
])('an idempotency key is another one for another %s', (_, change) => {
  expect(idempotencyKey({ ...input, ...change })).not.toBe(idempotencyKey(input));
});
