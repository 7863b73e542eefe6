import { expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import type { EdgeStore } from '../../../worker-node/activities/deps.ts';
import { storeOutput } from '../../../worker-node/activities/step-output.ts';

const nothing = { putOutput: async () => Promise.reject(new Error('nothing is to be stored')) };
const store = (output: JsonValue, edge: Pick<EdgeStore, 'putOutput'> = nothing) =>
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

const reference = (executionId: string) => ({ $ref: `output://${executionId}/1/a/1`, size: 2, sha256: '00' });

test('an output that looks like a reference to one of its execution is stored, and so never followed', async () => {
  const ref = reference('exec_test');
  const stored: string[] = [];
  const edge: Pick<EdgeStore, 'putOutput'> = {
    async putOutput(_, json) {
      stored.push(json);
      return { ...ref, size: json.length };
    },
  };
  expect(await store(ref, edge)).toEqual({ output: { ...ref, size: JSON.stringify(ref).length }, inline_bytes: 0 });
  expect(stored).toEqual([JSON.stringify(ref)]);
});

test('any other value with a $ref is kept as it is', async () => {
  for (const output of [reference('exec_other'), { $ref: '#/definitions/a' }, { ...reference('exec_test'), more: 1 }])
    expect((await store(output)).output).toEqual(output);
});

test.each<[unknown, string]>([
  [{ text: '\ud83d' }, 'at text: the text holds half of a surrogate pair'],
  [{ rows: [{ '\udc00': 1 }] }, 'at rows.0: the key "\ufffd" holds half of a surrogate pair'],
  ['\udc00', 'stored as JSON: the text holds half'],
  [{ loss: [0.5, Number.NaN] }, 'at loss.1: NaN is no number in JSON'],
  [{ total: 9007199254740993n }, 'at total: bigint has no form in JSON'],
  [{ seen: new Set([1]) }, 'at seen: Set has no form in JSON'],
  [() => 1, 'function has no form in JSON'],
])('the output %o is refused at its place, and the step not tried again', async (output, message) => {
  // No TypeScript plugin may answer these, but a careless one does.
  await expect(store(output as JsonValue)).rejects.toMatchObject({
    code: 'INVALID_OUTPUT',
    retryable: false,
    message: expect.stringContaining(message),
  });
});

test('an output that holds itself is refused', async () => {
  const loop: { self?: unknown } = {};
  loop.self = loop;
  await expect(store(loop as JsonValue)).rejects.toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
});

test('an output of every other character is kept', async () => {
  const output = { '😀': ['\0', '\u2028', '\ufffd', '\u{10ffff}'], absent: undefined };
  expect((await store(output as unknown as JsonValue)).output).toEqual({ '😀': output['😀'] });
});
