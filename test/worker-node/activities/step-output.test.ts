import { expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { storeOutput } from '../../../worker-node/activities/step-output.ts';

const edge = { putOutput: async () => Promise.reject(new Error('nothing is to be stored')) };
const store = (output: JsonValue) =>
  storeOutput(
    edge,
    {
      execution: { id: 'exec_test', name: null, attempt: 1, workflow_id: 'wf_test' },
      step: { id: 'a', plugin: 'test', operation: 'run', timeout_ms: 1_000 },
      spec: null,
      reads: null,
      try: 1,
      not_before: '2026-01-15T14:30:00.000Z',
      confirm: false,
      inline_bytes: 10_000,
    },
    output,
    new AbortController().signal,
  );
const nested = (levels: number): JsonValue => (levels === 0 ? 1 : [nested(levels - 1)]);

test('an output nested as deep as the limit is kept', async () => {
  expect((await store(nested(LIMITS.jsonDepth))).output).toEqual(nested(LIMITS.jsonDepth));
});

test('an output nested deeper than the limit is refused, and the step not tried again', async () => {
  await expect(store(nested(LIMITS.jsonDepth + 1))).rejects.toMatchObject({
    code: 'OUTPUT_TOO_DEEP',
    retryable: false,
    message: expect.stringContaining(`${LIMITS.jsonDepth}`),
  });
});
