import { expect, test } from 'vitest';
import { toStepError } from '../../../worker-node/activities/step-error.ts';
import { PluginError } from '../../../worker-node/plugins/define-plugin.ts';

const HALF = /\p{Cs}/u;
const errorOf = (message: string, details?: Record<string, unknown>, code = 'FAILED') =>
  // What a plugin gets from elsewhere may be no JSON.
  toStepError(
    new PluginError({ code, message, retryable: true, ...(details && { details: details as never }) }),
    undefined,
  );

test.each([0, 1, 2, 3])('a long message is cut between characters, %i characters before the limit', (shift) => {
  const { message } = errorOf(`${'a'.repeat(3_990 - shift)}${'😀'.repeat(20)}`);
  expect(message).not.toMatch(HALF);
  expect(message).toMatch(/a(😀)* … \(cut\)$/u);
  expect(message.length).toBeLessThanOrEqual(4_000);
  expect(message.length).toBeGreaterThan(3_990);
});

test('a message of the greatest length is kept whole', () => {
  const message = `${'a'.repeat(3_998)}😀`;
  expect(errorOf(message).message).toBe(message);
});

test('half characters in code, message and details become U+FFFD, which Temporal takes', () => {
  expect(errorOf('no \ud83d', { '\udc00': ['x\ud800'] }, 'BAD\udfff')).toEqual({
    code: 'BAD\ufffd',
    message: 'no \ufffd',
    retryable: true,
    details: { '\ufffd': ['x\ufffd'] },
  });
});

test('a code of any length is cut between characters, with a mark', () => {
  const { code } = errorOf('no', undefined, `${'X'.repeat(198)}${'😀'.repeat(40_000)}`);
  expect(code).toBe(`${'X'.repeat(198)}…`);
});

test('numbers in details that are none in JSON are text, never null', () => {
  const details = { loss: Number.NaN, lr: Number.NEGATIVE_INFINITY, id: 9007199254740993n };
  expect(errorOf('x', details).details).toEqual({ loss: 'NaN', lr: '-Infinity', id: '9007199254740993' });
});

test('details that are too large or nest too deep are cut, and keep what is short', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`);
  const cut = errorOf('x', { exit_code: 3, deep, rows: 'x'.repeat(50_000), list: Array(1_000).fill('😀') }).details;
  expect(cut).toMatchObject({ exit_code: 3, rows: expect.stringMatching(/^x+ … \(cut\)$/) });
  expect(JSON.stringify(cut?.list)).toContain('more');
  expect(JSON.stringify(cut).length).toBeLessThanOrEqual(4_000);
});

test('details of very many entries leave their first values and a mark', () => {
  const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`key_${n}_${'x'.repeat(200)}`, n]));
  const cut = errorOf('x', many).details;
  expect(JSON.stringify(cut).length).toBeLessThanOrEqual(4_000);
  expect(Object.keys(cut ?? {}).length).toBeGreaterThan(1);
});
