import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { outputsOf } from './outputs.ts';
import { pythonIsThere } from './project.ts';

const hasNumpy = pythonIsThere && imports('numpy');

function imports(name: string): boolean {
  try {
    execFileSync('python3', ['-c', `import ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const RIGHT: [expression: string, output: JsonValue][] = [
  ['[np.float32("nan"), np.float64("-inf"), np.float16(0.5)]', ['NaN', '-Infinity', 0.5]],
  ['[np.int64(7), np.uint64(2**64 - 1), np.bool_(True), np.str_("a")]', [7, '18446744073709551615', true, 'a']],
  [
    'np.array([[1, 2], [3, 4]])',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['[np.array(5), np.array([]), np.array([2**60])]', [5, [], ['1152921504606846976']]],
  ['np.array([np.nan, np.inf], dtype="float32")', ['NaN', 'Infinity']],
  [
    '[np.datetime64("2024-02-29"), np.datetime64("2024-02-29T01:02:03.500", "ns")]',
    ['2024-02-29', '2024-02-29T01:02:03.5'],
  ],
  ['np.array(["2024-02-29T01:02:03"], dtype="datetime64[s]")', ['2024-02-29T01:02:03']],
  ['[np.timedelta64(90, "s"), np.timedelta64(14, "M")]', ['PT1M30S', 'P14M']],
  ['{np.int64(1): np.array([("a", 2)], dtype=[("name", "U1"), ("n", "i4")])}', { 1: [{ name: 'a', n: 2 }] }],
  ['np.longdouble("0.5")', 0.5],
];

const REFUSED: [expression: string, message: string][] = [
  ['{"a": np.array([b"x"])}', 'output.a[0] is bytes'],
  ['[np.complex64(1)]', 'output[0] is a complex'],
  ['np.array([{1}], dtype=object)', 'output[0] is a set'],
  ['[np.datetime64("NaT")]', 'NaT'],
  ['[np.timedelta64("NaT")]', 'NaT'],
  ['{"d": np.dtype("int8")}', 'output.d is a'],
];

describe.skipIf(!hasNumpy)('outputs of NumPy (skipped where it is not installed)', () => {
  let outputs: Awaited<ReturnType<typeof outputsOf>>;
  beforeAll(async () => {
    outputs = await outputsOf(
      [...RIGHT, ...REFUSED].map(([expression]) => expression),
      'import numpy as np',
    );
  }, 60_000);

  it.each(RIGHT)('%s is taken as its JSON', (expression, output) => {
    expect(outputs.get(expression)).toEqual(output);
  });

  it.each(REFUSED)('%s is refused with its place', (expression, message) => {
    expect(outputs.get(expression)).toEqual({
      code: 'INVALID_OUTPUT',
      message: expect.stringContaining(message),
      retryable: false,
    });
  });
});
