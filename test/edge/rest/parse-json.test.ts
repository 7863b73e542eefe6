import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../edge/rest/parse-json.ts';
import { LIMITS } from '../../../shared/limits.ts';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('parseJson', () => {
  it.each([
    ['{"a": [1, {"b": "c"}], "d": null}'],
    ['{"a": {"x": 1}, "b": {"x": 1}}'],
    ['[{"x": 1}, {"x": 1}]'],
    ['{"a": "{\\"a\\": 1, \\"a\\": 2}"}'],
    ['{"quote": "\\\\", "other": "\\""}'],
    ['"text"'],
    ['{"constructor": 1, "prototype": 2}'],
    ['"\\ud83d\\ude00"'],
    ['"\\\\ud800"'],
    [
      '[0, -0, 1.5e308, -1.7976931348623157e308, 0e-999, 0.000, 9007199254740991, 100000000000000000000, 1e21, 6.02214076e23, 0.1234567890123456789, 1.000000000000000000]',
    ],
    ['["1e999", {"1e999": 1}]'],
  ])('takes %s as JSON.parse does', (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a": 1, "a": 2}', 'a', 'given twice'],
    ['{"a": 1, "\\u0061": 2}', 'a', 'given twice'],
    ['{"steps": [{"id": 1}, {"id": 1, "id": 2}]}', 'steps.1.id', 'given twice'],
    ['{"__proto__": {}}', '__proto__', 'not allowed'],
    ['{"a": {"\\u005f_proto__": {}}}', 'a.__proto__', 'not allowed'],
    ['{"steps": [{"config": {"x": 1e999}}]}', 'steps.0.config.x', 'too large'],
    ['[1, [2, -1E+309]]', '1.1', 'too large'],
    [`{"a": ${'9'.repeat(400)}}`, 'a', 'too large'],
    ['1e999', '', 'too large'],
    ['{"a": {"id": 9007199254740993}}', 'a.id', 'it would become 9007199254740992: write it as a string'],
    ['{"a": {"id": 9007199254740993.0}}', 'a.id', 'it would become 9007199254740992: write it as a string'],
    ['[90071992547409930e-1]', '0', 'it would become 9007199254740992'],
    ['[12345678901234567.89]', '0', 'it would become the integer 12345678901234568: round it'],
    [
      '{"n": 1000000000000000000000}',
      'n',
      'it would become 1e+21: write it as a string, or as 1e+21 if a double is meant',
    ],
    ['{"n": -1000000000000000000000.0}', 'n', 'it would become -1e+21'],
    ['{"a": [1e-400]}', 'a.0', 'too small, it would become 0'],
    ['{"a": -0.00001E-330}', 'a', 'too small'],
    ['[-1152921504606846976]', '0', 'it would become -1152921504606847000'],
  ])('refuses %s at %s', (text, path, message) => {
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_ERROR',
        details: [expect.objectContaining({ path, message: expect.stringContaining(message) })],
      }),
    );
  });

  it.each(['{', '{"a": }', '{"a" 1}', 'nul', '"open', '{"a": 1}}', '[1,]', '{"\\x": 1}', ']'])(
    'refuses %s as malformed',
    (text) => {
      expect(() => parseJson(text)).toThrow(expect.objectContaining({ code: 'VALIDATION_ERROR' }));
    },
  );

  it.each(['"\\ud800"', '{"a": ["x\\uDC00y"]}', '{"\\udfff": 1}'])('refuses the half character in %s', (text) => {
    expect(() => parseJson(text)).toThrow('surrogate');
  });

  it('takes nesting at the limit and refuses it past it', () => {
    expect(parseJson(nested(LIMITS.jsonDepth))).toBeDefined();
    expect(() => parseJson(nested(LIMITS.jsonDepth + 1))).toThrow('nested over 64 levels');
  });

  it('refuses very deep nesting without overflowing the stack', () => {
    expect(() => parseJson(nested(1_000_000))).toThrow('nested over 64 levels');
  });

  it('scans a string of backslashes in linear time', () => {
    const text = `"${'\\\\'.repeat(1_000_000)}"`;
    expect(parseJson(text)).toHaveLength(1_000_000);
  });
});
