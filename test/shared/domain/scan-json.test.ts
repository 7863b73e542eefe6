import { describe, expect, it } from 'vitest';
import { parseScanned } from '../../../shared/domain/scan-json.ts';

describe('JSON of scripts and bodies', () => {
  // The V8 of Node 24.11 to 24.21 takes such a key for the one before it that begins with a backslash.
  it.each([
    String.raw`[{"b": 1, "\\": 2}, [{"b": 3, "\u4e2d": 4}]]`,
    String.raw`[{"\u0000": 1, "\\a": 2}, {"x": {"\u0000": 3, "\n": 4}}]`,
  ])('keeps keys that are written with escapes: %s', (text) => {
    const keys = JSON.stringify(parseScanned(text, {}));
    expect(keys).toBe(text.replaceAll(' ', '').replace('\\u4e2d', '中'));
  });
});
