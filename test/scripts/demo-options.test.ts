import { expect, test } from 'vitest';
import { readDemoOptions } from '../../scripts/demo/options.ts';

test('--set takes JSON values and overrides what the example says', () => {
  const options = readDemoOptions(['--set', 'min_auc=0.99', '--set', 'min_f1=5e-1']);
  const defaults = readDemoOptions([])?.parameters;
  expect(options?.parameters).toEqual({ ...defaults, min_auc: 0.99, min_f1: 0.5 });
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
  [['--set', 'min_auc=abc'], '--set min_auc: takes a number, not "abc"'],
  [['--example', 'nowhere'], 'there is no example "nowhere"'],
  [['--jsn'], "Unknown option '--jsn'"],
])('%j is refused with a reason', (args, message) => {
  expect(() => readDemoOptions(args)).toThrow(message);
});
