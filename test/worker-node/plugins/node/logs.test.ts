import { describe, expect, it } from 'vitest';
import { newObserved } from '../run-operation.ts';
import { run } from './project.ts';

const VALUES = `
import { log, output, progress } from 'wf';
const cycle = [1];
cycle.push(cycle);
const values = {
  nan: NaN, nested: [{ loss: [Infinity] }], typed: new Float32Array([NaN]), big: 10n, seed: 2n ** 70n,
  date: new Date(0), bad: new Date(NaN), map: new Map([[{}, 1]]), set: new Set([1]), error: new TypeError('lost'),
  regexp: /a/, promise: Promise.resolve(1), buffer: Buffer.from('a'), fn: () => 1, symbol: Symbol('a'),
  undef: { a: undefined }, cycle, half: 'a\\ud83d', twice: new Map([[1, 'a'], ['1', 'b']]),
  silent: { get a() { throw new Error('no'); }, [Symbol.toStringTag]: 'x' },
  revoked: (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })(),
  text: { toString() { throw new Error('no text'); } },
};`;

const SHOWN: [name: string, text: unknown][] = [
  ['nan', 'NaN'],
  ['nested', [{ loss: ['Infinity'] }]],
  ['typed', ['NaN']],
  ['big', '10'],
  ['seed', '1180591620717411303424'],
  ['date', '1970-01-01T00:00:00Z'],
  ['bad', 'Invalid Date'],
  ['map', { '{}': 1 }],
  ['set', 'Set(1) { 1 }'],
  ['error', 'TypeError: lost'],
  ['regexp', '/a/'],
  ['promise', 'Promise { 1 }'],
  ['buffer', '<Buffer 61>'],
  ['fn', '[Function: fn]'],
  ['symbol', 'Symbol(a)'],
  ['undef', { a: 'undefined' }],
  ['cycle', [1, '[Circular]']],
  ['half', 'a\ufffd'],
  ['twice', { 1: 'a', '1 (string)': 'b' }],
  ['silent', expect.any(String)],
  ['revoked', expect.any(String)],
  ['text', { toString: expect.stringContaining('toString') }],
];

describe('what a Node script logs', () => {
  const runSource = async (source: string) => {
    const observed = newObserved();
    const output = await run(source, {}, { observed });
    return { ...observed, output };
  };

  it('is shown whatever it is, in metadata, as a message and as an operation', async () => {
    const { logs, progress, output } = await runSource(`${VALUES}
for (const [name, value] of Object.entries(values)) {
  log(name, { value });
  log(value);
  log('is metadata', value);
  progress(50, value);
}
output({ ok: true });`);
    expect(output).toEqual({ ok: true });
    const metadata = (name: string) => logs.find(({ message }) => message === name)?.metadata?.value;
    for (const [name, text] of SHOWN) expect([name, metadata(name)]).toEqual([name, text]);
    expect(logs).toHaveLength(3 * SHOWN.length);
    expect(progress).toHaveLength(SHOWN.length);
  });

  it('is kept at any level, and in any form of the call', async () => {
    const { logs, progress } = await runSource(`
import { log, progress } from 'wf';
for (const level of ['WARNING', 'warn', 'CRITICAL', 40, 'loud', null, NaN, [1n]]) log('m', { level: 1 }, level);
log();
log('none', null);
log('text', 'metadata');
log('list', [1, 10n]);
progress();
progress(NaN);
progress('half', 'training');
progress(10n, 7);`);
    expect(logs.filter(({ message }) => message === 'm').map(({ level }) => level)).toEqual([
      ...['WARN', 'WARN', 'ERROR', 'ERROR', 'INFO', 'INFO', 'INFO', 'INFO'],
    ]);
    expect(logs).toContainEqual({ level: 'INFO', message: 'text', metadata: { value: 'metadata' } });
    expect(logs).toContainEqual({ level: 'INFO', message: 'list', metadata: { value: [1, '10'] } });
    expect(progress).toContainEqual({ current_operation: 'training' });
    expect(progress).toContainEqual({ percentage: 10, current_operation: '7' });
  });

  it('is cut where it is too long, between characters and with a mark', async () => {
    const { logs } = await runSource(`
import { log } from 'wf';
log('x'.repeat(70_000));
log('😀'.repeat(20_000));
log('large', { text: 'ü'.repeat(100_000), after: 1 });
log('many', { items: Array.from({ length: 100_000 }, (_, n) => n) });
let deep = 0;
for (let n = 0; n < 200; n++) deep = [deep];
log('deep', { value: deep });
log('last');`);
    const [ascii, astral, ...rest] = logs;
    for (const entry of [ascii, astral]) {
      expect(entry?.message).toMatch(/ … \(cut\)$/);
      expect(entry?.message.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(entry?.message ?? '')).toBeLessThanOrEqual(64 * 1024);
    }
    expect(rest.map(({ message }) => message)).toEqual(['large', 'many', 'deep', 'last']);
    for (const { metadata } of rest.slice(0, 3)) expect(JSON.stringify(metadata)).toContain('(cut)');
  });

  it('is never cut inside a character, at whatever depth and length', async () => {
    const { logs } = await runSource(`
import { log } from 'wf';
for (const before of ['', 'a']) {
  let deep = before + '😀'.repeat(600);
  for (let n = 0; n < 33; n++) deep = [deep];
  log('deep', { value: deep, set: new Set([before + '😀'.repeat(600)]), text: before + '😀'.repeat(40_000) });
}`);
    expect(logs).toHaveLength(2);
    for (const { metadata } of logs) {
      const shown = JSON.stringify(metadata);
      expect(shown).toContain('😀');
      expect(shown).not.toMatch(/\ufffd|\\ud83d|\p{Cs}/iu);
    }
  });
});
