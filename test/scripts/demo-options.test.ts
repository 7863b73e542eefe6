import { expect, test } from 'vitest';
import { readDemoOptions } from '../../scripts/demo/options.ts';

test('--set takes JSON values and plain text, and overrides what the example says', () => {
  const options = readDemoOptions(['--set', 'min_auc=0.99', '--set', 'min_recall=none', '--set', 'min_f1=a=b']);
  const defaults = readDemoOptions([])?.parameters;
  expect(options?.parameters).toEqual({ ...defaults, min_auc: 0.99, min_recall: 'none', min_f1: 'a=b' });
});

test('the churn example is run when none is named', () => {
  expect(readDemoOptions(['--json'])).toMatchObject({
    example: 'churn',
    json: true,
    definition: { steps: expect.any(Array) },
  });
});

test.each([
  [['--set', 'threshold'], '--set takes KEY=VALUE, not "threshold"'],
  [['--set', 'treshold=1'], 'churn has no parameter "treshold"; it has: '],
  [['--example', 'nowhere'], 'there is no example "nowhere"'],
  [['--jsn'], "Unknown option '--jsn'"],
])('%j is refused with a reason', (args, message) => {
  expect(() => readDemoOptions(args)).toThrow(message);
});
