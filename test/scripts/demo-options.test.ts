import { expect, test } from 'vitest';
import { readDemoOptions } from '../../scripts/demo/options.ts';

test('--set takes JSON values, and text that is not JSON as it is', () => {
  const { parameters } = readDemoOptions([
    '--help',
    '--set',
    'threshold=0.99',
    '--set',
    'model=forest',
    '--set',
    'note=a=b',
  ]);
  expect(parameters).toEqual({ threshold: 0.99, model: 'forest', note: 'a=b' });
});

test.each([
  [['--set', 'threshold'], '--set takes KEY=VALUE, not "threshold"'],
  [['--example', 'nowhere'], 'there is no example "nowhere"'],
  [['--jsn'], "Unknown option '--jsn'"],
])('%j is refused with a reason', (args, message) => {
  expect(() => readDemoOptions(args)).toThrow(message);
});
