import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mendJson } from '../../../shared/domain/mend-json.ts';
import { readableJson } from '../../../shared/domain/well-formed.ts';

it('puts U+FFFD in the place of half characters, in values and keys', () => {
  const value = { a: '\ud83d', '\udc00b': ['x\ud83d\ud83d\ude00', '\ude00\ud83d'] };
  expect(JSON.parse(mendJson(JSON.stringify(value)))).toEqual(readableJson(value));
});

it('leaves whole characters, escaped or not, and what only looks like an escape', () => {
  for (const text of ['"😀"', '"\\ud83d\\ude00"', '"\\\\ud83d"', '"\\\\\\\\ud83d \\n\\u0001"', '"\\ud7ff"'])
    expect(mendJson(text)).toBe(text);
  expect(mendJson('"\\\\\\ud83d"')).toBe('"\\\\\\ufffd"');
});

it('makes of any JSON text what a strict reader takes, and changes nothing else', () => {
  const unit = fc.integer({ min: 0xd7fe, max: 0xe001 }).map((code) => String.fromCharCode(code));
  const text = fc.string({ unit: fc.oneof(unit, fc.constantFrom('\\', 'u', 'ud83d', '"', 'a', '😀')) });
  fc.assert(
    fc.property(fc.array(text), (value) => {
      expect(JSON.parse(mendJson(JSON.stringify(value)))).toEqual(readableJson(value));
    }),
  );
});
