import fc from 'fast-check';

const EXTREMES = [
  ...[Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 2.2250738585072014e-308, Number.EPSILON],
  ...[Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 53, 2 ** 63, 2 ** 64, 1e21, 1e22, -1e16, 0.1, 1 / 3, 1e-7],
];
const TEXTS = ['', '\0', '\u2028', '\ufeff', '😀', '\u{10ffff}', 'NaN', '__proto__', '1', 'e\u0301', '"\\/', '\ufffd'];

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...TEXTS));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(...EXTREMES),
);
const leaf = fc.oneof(fc.constant(null), fc.boolean(), text, number);

/** Any value of JSON, as a list of some hundreds: a process is started for each list. JSON has no negative zero here. */
export const jsonValues = fc
  .array(
    fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(text, tie('value'), { maxKeys: 5 }),
      ),
    })).value,
    { minLength: 200, maxLength: 300 },
  )
  .map((values) => JSON.stringify(values));
