import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { newObserved } from '../run-operation.ts';
import { outputsOf } from './outputs.ts';
import { pythonIsThere, runFile, write } from './project.ts';

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
  ['[np.array({"a": 1}), np.array(None), np.array(decimal.Decimal("1.5"))]', [{ a: 1 }, null, 1.5]],
];

const REFUSED: [expression: string, message: string][] = [
  ['{"a": np.array([b"x"])}', 'output.a[0] is bytes'],
  ['[np.complex64(1)]', 'output[0] is a complex'],
  ['np.array([{1}], dtype=object)', 'output[0] is a set'],
  ['[np.datetime64("NaT")]', 'NaT'],
  ['[np.timedelta64("NaT")]', 'NaT'],
  ['{"d": np.dtype("int8")}', 'output.d is a'],
  ['{"d": np.array({1})}', 'output.d is a set'],
];

const STAND_IN = `
class RangeIndex:
    def __init__(self, start, step=1): self.start, self.step = start, step

class Series:
    """As that of pandas."""
    ndim, size = 1, 2
    def __init__(self, index): self.index = index
    def tolist(self): return [1.5, 0.5]

class Tensor:
    """As that of PyTorch, whose size is a method."""
    ndim = 1
    def __init__(self, count): self.count = count
    def size(self): return (self.count,)
    def numel(self): return self.count
    def tolist(self): return [0] * self.count
    def __str__(self): return "tensor([0, 0, ...])"

class Empty:
    ndim = 0
    def tolist(self): return 7
`;

const LABELLED = 'is a Series with labels, which a list would drop: use its .to_dict() to keep them, or its .tolist()';
const STAND_IN_RIGHT: typeof RIGHT = [['[Series(RangeIndex(0)), Tensor(2), Empty()]', [[1.5, 0.5], [0, 0], 7]]];
const STAND_IN_REFUSED: typeof REFUSED = [
  ['{"mean": Series(["a", "b"])}', `output.mean ${LABELLED}`],
  ['[Series(RangeIndex(1))]', `output[0] ${LABELLED}`],
  ['[Series(RangeIndex(0, 2))]', `output[0] ${LABELLED}`],
];

const PANDAS_RIGHT: typeof RIGHT = [
  ['pd.DataFrame({"a": [1, 2], "b": [0, 1]}).mean().to_dict()', { a: 1.5, b: 0.5 }],
  ['pd.DataFrame({"a": [1, 2], "b": [0, 1]}).mean().tolist()', [1.5, 0.5]],
  ['pd.DataFrame({"a": [1, 2]})["a"]', [1, 2]],
  ['pd.DataFrame({"a": [1, 2]}).to_dict("records")', [{ a: 1 }, { a: 2 }]],
  ['pd.DataFrame({"a": [1, 2]}).columns', ['a']],
  ['pd.Series([pd.Timestamp("2024-02-29"), pd.NaT]).dropna()', ['2024-02-29T00:00:00']],
];
const PANDAS_REFUSED: typeof REFUSED = [
  ['pd.DataFrame({"a": [1, 2], "b": [0, 1]}).mean()', `output ${LABELLED}`],
  ['{"rest": pd.Series([1, 2, 3])[1:]}', `output.rest ${LABELLED}`],
  ['{"counts": pd.Series(["x", "x"]).value_counts()}', `output.counts ${LABELLED}`],
  ['[pd.DataFrame({"a": [1]})]', 'output[0] is a DataFrame, which has no JSON form: use its to_dict("records")'],
];

const LIBRARIES: [name: string, there: boolean, prelude: string, right: typeof RIGHT, refused: typeof REFUSED][] = [
  ['NumPy', hasNumpy, 'import decimal, numpy as np', RIGHT, REFUSED],
  ['pandas', pythonIsThere && imports('pandas'), 'import pandas as pd', PANDAS_RIGHT, PANDAS_REFUSED],
  ['what behaves like arrays', pythonIsThere, STAND_IN, STAND_IN_RIGHT, STAND_IN_REFUSED],
];

describe.each(LIBRARIES)('outputs of %s', (name, there, prelude, right, refused) => {
  describe.skipIf(!there)(there ? 'as they are' : `(skipped: ${name} is not installed)`, () => {
    let outputs: Awaited<ReturnType<typeof outputsOf>>;
    beforeAll(async () => {
      outputs = await outputsOf(
        [...right, ...refused].map(([expression]) => expression),
        prelude,
      );
    }, 60_000);

    it.each(right)('%s is taken as its JSON', (expression, output) => {
      expect(outputs.get(expression)).toEqual(output);
    });

    it.each(refused)('%s is refused with its place', (expression, message) => {
      expect(outputs.get(expression)).toEqual({
        code: 'INVALID_OUTPUT',
        message: expect.stringContaining(message),
        retryable: false,
      });
    });
  });
});

describe.skipIf(!pythonIsThere)('what behaves like arrays', () => {
  it('is shown in a log as it prints itself when it is large', { timeout: 60_000 }, async () => {
    await write({ 'shown.py': `import wf\n${STAND_IN}\nwf.log("m", large=Tensor(10**9), small=Tensor(2))` });
    const observed = newObserved();
    await runFile({ script: 'shown.py' }, { observed });
    expect(observed.logs[0]?.metadata).toEqual({ large: 'tensor([0, 0, ...])', small: [0, 0] });
  });
});
