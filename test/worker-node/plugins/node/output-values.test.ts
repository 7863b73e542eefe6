import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { outputsOf } from './outputs.ts';

const PRELUDE = `
class Point { x = 1; #hidden = 2; }
class Empty { #hidden = 1; }
class Money { toJSON() { return { cents: 5n }; } }
class Getter { x = 1; get y() { return 2; } }
class Shadowed extends Getter { constructor() { super(); Object.defineProperty(this, 'y', { value: 3, enumerable: true }); } }
class Itself { a = 1; toJSON() { return this; } }
class Rows extends Array { toJSON() { return { rows: [...this] }; } }
class Table extends Map { toJSON() { return { size: this.size }; } }
class Named extends Map { name = 'n'; }
let doubled = 1, halfDoubled = 1;
for (let i = 0; i < 60; i++) doubled = { a: doubled, b: doubled };
for (let i = 0; i < 12; i++) halfDoubled = [halfDoubled, halfDoubled];
let nested = [halfDoubled];
for (let i = 0; i < 52; i++) nested = [nested];
const cycle = [];
cycle.push({ again: cycle });
const ring = new Map();
ring.set('a', { b: ring });
const shared = [1];
let deep = 0;
for (let i = 0; i < 70; i++) deep = [deep];
`;

const RIGHT: [expression: string, output: JsonValue][] = [
  ["[null, true, false, '', 'ü😀']", [null, true, false, '', 'ü😀']],
  ['[0, -1, 1.5, 1e300, 5e-324, 0.1]', [0, -1, 1.5, 1e300, 5e-324, 0.1]],
  ['[2 ** 53 - 1, 2 ** 53, 1e22, -1e16]', [2 ** 53 - 1, 2 ** 53, 1e22, -1e16]],
  ['-0', 0],
  ['{ metrics: [{ auc: NaN }, Infinity, -Infinity] }', { metrics: [{ auc: 'NaN' }, 'Infinity', '-Infinity'] }],
  ['[10n, -(2n ** 70n)]', ['10', '-1180591620717411303424']],
  ["[new Date(0), new Date('2024-02-29T01:02:03.450Z')]", ['1970-01-01T00:00:00Z', '2024-02-29T01:02:03.45Z']],
  ['{ w: new Float32Array([1.5, NaN]) }', { w: [1.5, 'NaN'] }],
  ['[new Uint8Array([1]), new Int16Array(2), new BigInt64Array([1n])]', [[1], [0, 0], ['1']]],
  ["new Map([['a', new Map([[1, 2]])], [null, 3], [2n, 4]])", { a: { 1: 2 }, null: 3, 2: 4 }],
  ['[Object(1), Object("a"), Object(2n)]', [1, 'a', '2']],
  [
    "[new Point(), Object.create(null), new URL('http://a/b'), new Money()]",
    [{ x: 1 }, {}, 'http://a/b', { cents: '5' }],
  ],
  ['(function () { return arguments; })(1, 2)', [1, 2]],
  ["JSON.rawJSON('12345678901234567890')", '12345678901234567890'],
  [`JSON.parse('{"__proto__": 1, "": 2}')`, JSON.parse('{"__proto__": 1, "": 2}')],
  ['[shared, shared]', [[1], [1]]],
  ['new Proxy({ a: 1 }, {})', { a: 1 }],
  ['[new Itself(), { b: 1, toJSON() { return this; } }]', [{ a: 1 }, { b: 1 }]],
  ['[Rows.of(1, 2), new Table([[1, 2]])]', [{ rows: [1, 2] }, { size: 1 }]],
  ['[Object.assign([1], { toJSON: () => 5 }), Object.assign([1], { toJSON() { return this; } })]', [5, [1]]],
  ['new Shadowed()', { x: 1, y: 3 }],
  [
    "new Map([[new Date(0), 1], [Object('a'), 2], [new URL('http://a/b'), 3], [true, 4], [NaN, 5]])",
    { '1970-01-01T00:00:00Z': 1, a: 2, 'http://a/b': 3, true: 4, NaN: 5 },
  ],
  ["[Array(40).fill('a'.repeat(40)), 1][1]", 1],
];

const REFUSED: [expression: string, message: string, code?: string][] = [
  ["{ a: [{ 'b c': new Set([1]) }] }", 'output.a[0]["b c"] is a Set: a set has no order'],
  ['[new Date(NaN)]', 'output[0] is an invalid date'],
  ["[Buffer.from('a')]", 'output[0] is bytes'],
  ['{ b: new ArrayBuffer(2) }', 'output.b is bytes'],
  ['{ b: new SharedArrayBuffer(2) }', 'output.b is bytes'],
  ['{ b: new DataView(new ArrayBuffer(2)) }', 'output.b is bytes'],
  ["{ e: new TypeError('lost') }", 'output.e is an Error'],
  ['{ r: /a/ }', 'output.r is a RegExp'],
  ['[new WeakMap(), 1]', 'output[0] is a weak collection'],
  ['[new WeakSet()]', 'output[0] is a weak collection'],
  ['{ p: Promise.resolve(1) }', 'output.p is a Promise: await it'],
  ['{ f: () => 1 }', 'output.f is a function'],
  ['[class A {}]', 'output[0] is a function'],
  ["[Symbol('a')]", 'output[0] is a symbol'],
  ["{ a: { [Symbol('unit')]: 'm', x: 1 } }", 'output.a has a symbol as a key'],
  ['{ a: { b: undefined } }', 'output.a.b is undefined: leave it out, or give null'],
  ['[1, undefined]', 'output[1] is undefined'],
  ['[1, , 2]', 'output[1] is undefined'],
  ['undefined', 'output is undefined'],
  ['cycle', 'output[0].again contains itself'],
  ['ring', 'output.a.b contains itself'],
  ['deep', 'output is nested over 64 levels deep', 'OUTPUT_TOO_DEEP'],
  ["{ text: ['\\ud83d'] }", 'output.text[0] holds half of a surrogate pair'],
  ["{ a: { '\\udc00': 1 } }", 'output.a has a key with half of a surrogate pair'],
  ["new Map([[1, 'a'], ['1', 'b']])", 'output has two keys that are "1" in JSON'],
  ['new Map([[{}, 1]])', 'output has an object as a key'],
  ['new Map([[undefined, 1]])', 'output has undefined as a key'],
  ['new Map([[new Date(NaN), 1]])', 'output has a key that is an invalid date'],
  ["new Map([[new Date(0), 1], ['1970-01-01T00:00:00Z', 2]])", 'output has two keys that are "1970-01-01T00:00:00Z"'],
  ["{ m: 'abc'.match(/b/) }", 'output.m is a list with the field "index" beside it'],
  ["[Object.assign(new Float32Array(2), { unit: 'm' })]", 'output[0] is a list with the field "unit" beside it'],
  ['[new Named()]', 'output[0] is a Map with the field "name" beside it'],
  ['[Object.assign(new Date(0), { zone: 1 })]', 'output[0] is a Date with the field "zone" beside it'],
  ['{ p: new Getter() }', 'output.p is a Getter whose getter y is no field'],
  ['{ toJSON() { return { self: this }; } }', 'output.self contains itself'],
  ['doubled', 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['[halfDoubled, nested]', 'output is nested over 64 levels deep', 'OUTPUT_TOO_DEEP'],
  ["Array(100_000).fill('x'.repeat(1_000_000))", 'output has over 16 MiB', 'OUTPUT_TOO_LARGE'],
  ['(function* () {})()', 'output is a generator: use [...generator]'],
  ['{ e: new Empty() }', 'output.e is a Empty without a JSON form'],
  ["[new Blob(['a'])]", 'output[0] is a Blob without a JSON form'],
  ["{ get a() { throw new Error('no disk'); } }", 'output cannot be read as JSON: Error: no disk'],
];

describe('outputs of Node', () => {
  let outputs: Awaited<ReturnType<typeof outputsOf>>;
  beforeAll(async () => {
    outputs = await outputsOf(
      [...RIGHT, ...REFUSED].map(([expression]) => expression),
      PRELUDE,
    );
  }, 60_000);

  it.each(RIGHT)('%s is taken as its JSON', (expression, output) => {
    expect(outputs.get(expression)).toEqual(output);
  });

  it.each(REFUSED)('%s is refused with its place', (expression, message, code = 'INVALID_OUTPUT') => {
    expect(outputs.get(expression)).toEqual({ code, message: expect.stringContaining(message), retryable: false });
  });
});
