import { describe, expect, it } from 'vitest';
import { run } from './project.ts';

const DIVERGED = { code: 'DIVERGED', retryable: false, message: 'loss is NaN' };
const BAD_ROW = { code: 'BAD_ROW', retryable: false, message: 'row 7', details: { row: 7 } };

describe('a Failure in Node', { timeout: 30_000 }, () => {
  const IMPORT = `import { Failure } from 'wf'; const cycle = {}; cycle.a = cycle;`;
  const fail = (rest: string) => run(`${IMPORT} throw new Failure(${rest});`);

  it.concurrent.each([
    ['a BigInt', `'DIVERGED', 'loss is NaN', { retryable: false, details: { n: 10n } }`, { n: '10' }],
    ['NaN', `'DIVERGED', 'loss is NaN', { retryable: false, details: { loss: NaN } }`, { loss: 'NaN' }],
    [
      'a date',
      `'DIVERGED', 'loss is NaN', { retryable: false, details: { d: new Date(0) } }`,
      { d: '1970-01-01T00:00:00Z' },
    ],
    ['a list', `'DIVERGED', 'loss is NaN', { retryable: false, details: [1, 2] }`, { value: [1, 2] }],
    ['a text', `'DIVERGED', 'loss is NaN', { retryable: false, details: 'epoch 3' }`, { value: 'epoch 3' }],
    ['a cycle', `'DIVERGED', 'loss is NaN', { retryable: false, details: cycle }`, { a: '[Circular]' }],
    [
      'half of a character',
      `'DIVERGED', 'loss is NaN', { retryable: false, details: { '\\udc00': '\\ud83d' } }`,
      { '\ufffd': '\ufffd' },
    ],
    ['a code in lower case', `'diverged', 'loss is NaN', { retryable: false }`, { exit_code: 1 }],
  ])('is final whatever it holds: %s', async (_, rest, details) => {
    await expect(fail(rest)).rejects.toMatchObject({ ...DIVERGED, details });
  });

  it('is final with a message that is too long', async () => {
    await expect(fail(`'DIVERGED', 'x'.repeat(70_000), { retryable: false }`)).rejects.toMatchObject({
      ...{ ...DIVERGED, message: expect.stringMatching(/^x+ … \(cut\)$/) },
    });
  });

  it.concurrent.each([
    ['in a subclass', `class Bad extends Failure {} throw new Bad('BAD_ROW', 'row 7', OPTIONS);`],
    [
      'in a subclass with a name',
      `class Bad extends Failure { name = 'Bad'; } throw new Bad('BAD_ROW', 'row 7', OPTIONS);`,
    ],
    [
      'behind a listener of rejections',
      `process.on('unhandledRejection', () => process.exit(1)); Promise.reject(new Failure('BAD_ROW', 'row 7', OPTIONS));`,
    ],
    [
      'behind a listener for one rejection',
      `process.once('unhandledRejection', () => process.exit(1)); await Promise.reject(new Failure('BAD_ROW', 'row 7', OPTIONS));`,
    ],
    [
      'after a listener was taken away',
      `const listener = () => {}; process.on('unhandledRejection', listener); process.off('unhandledRejection', listener);
       Promise.reject(new Failure('BAD_ROW', 'row 7', OPTIONS));`,
    ],
    [
      'behind a listener of exceptions',
      `process.on('uncaughtException', () => process.exit(1)); throw new Failure('BAD_ROW', 'row 7', OPTIONS);`,
    ],
    [
      'after descriptor 3 was closed',
      `import { closeSync } from 'node:fs'; closeSync(3); throw new Failure('BAD_ROW', 'row 7', OPTIONS);`,
    ],
    [
      'before what is disposed of fails',
      `const error = Object.assign(new Error('disposal'), { error: new Error('x'), suppressed: new Failure('BAD_ROW', 'row 7', OPTIONS) });
       throw error;`,
    ],
    [
      'in a child that is spawned',
      `import { spawnSync } from 'node:child_process';
       if (process.env.CHILD) throw new Failure('BAD_ROW', 'row 7', OPTIONS);
       const env = { ...process.env, CHILD: '1' };
       process.exitCode = spawnSync(process.execPath, [process.argv[1]], { env, stdio: 'inherit' }).status;`,
    ],
    ['in a promise', `Promise.reject(new Failure('BAD_ROW', 'row 7', OPTIONS));`],
    [
      'as a cause',
      `throw new Error('the load failed', { cause: new Error('x', { cause: new Failure('BAD_ROW', 'row 7', OPTIONS) }) });`,
    ],
    ['as one of several', `throw new AggregateError([new Error('x'), new Failure('BAD_ROW', 'row 7', OPTIONS)]);`],
    [
      'in a worker thread',
      `import { Worker, isMainThread } from 'node:worker_threads';
       if (isMainThread) new Worker(new URL(import.meta.url));
       else throw new Failure('BAD_ROW', 'row 7', OPTIONS);`,
    ],
    [
      'in a child',
      `import { fork } from 'node:child_process';
       if (process.send) throw new Failure('BAD_ROW', 'row 7', OPTIONS);
       fork(process.argv[1]).on('exit', (code) => process.exit(code));`,
    ],
  ])('is final wherever it is thrown: %s', async (_, source) => {
    const failing = run(`${IMPORT} const OPTIONS = { retryable: false, details: { row: 7 } };\n${source}`);
    await expect(failing).rejects.toMatchObject(BAD_ROW);
  });

  it.concurrent.each([
    ['undefined', 'undefined'],
    ['null', 'null'],
    [`'out of tea'`, 'out of tea'],
    ['{ a: 1n }', 'a: 1n'],
    ['10n', '10'],
    [`Symbol('tea')`, 'Symbol(tea)'],
    [`'half \\ud83d'`, 'half \ufffd'],
  ])('may be replaced by anything that is thrown: %s', async (thrown, message) => {
    await expect(run(`throw ${thrown};`)).rejects.toMatchObject({
      ...{ code: 'SCRIPT_FAILED', retryable: true, message: expect.stringContaining(message) },
    });
  });
});

describe('a failing function in Node', () => {
  it.concurrent.each([
    ['a listener of rejections', `process.on('unhandledRejection', () => process.exit(1));`],
    ['a listener that goes on', `process.on('unhandledRejection', () => {});`],
    ['no listener at all', `process.removeAllListeners(); process.on('unhandledRejection', () => process.exit(1));`],
    ['descriptor 3 closed', `fs.closeSync(3);`],
  ])('keeps its Failure behind %s', async (_, prelude) => {
    const source = `import fs from 'node:fs'; ${prelude}
      export async function f(_, wf) { throw new wf.Failure('BAD_ROW', 'row 7', { retryable: false, details: { row: 7 } }); }`;
    await expect(run(source, { function: 'f' })).rejects.toMatchObject(BAD_ROW);
  });

  it('keeps a code that comes without a message', async () => {
    const source = `export function f(_, wf) { throw new wf.Failure('NO_ROWS', undefined, { retryable: false }); }`;
    const error = { code: 'NO_ROWS', retryable: false, message: 'NO_ROWS' };
    await expect(run(source, { function: 'f' })).rejects.toMatchObject(error);
  });

  it('completes when a listener takes a rejection that nobody waits for', async () => {
    const source = `process.on('unhandledRejection', () => {});
      export async function f() { Promise.reject(new Error('x')); await new Promise(setImmediate); return 1; }`;
    expect(await run(source, { function: 'f' })).toBe(1);
  });
});

describe('leaving a Node process', () => {
  it.concurrent.each([
    ['process.exit', 'process.exit(0)'],
    ['the next tick', 'return new Promise(() => setImmediate(() => process.exit(0)))'],
    ['output()', 'wf.output({ half: 1 }); process.exit(0)'],
    ['a file', `(await import('node:fs')).writeFileSync(process.env.WF_OUTPUT, '{}'); process.exit(0)`],
    ['a promise that never settles', 'return new Promise(() => {})'],
  ])('is no return: %s', async (way, source) => {
    const failing = run(`export async function leave(input, wf) { ${source}; }`, { function: 'leave' });
    const message = way.startsWith('a promise') ? 'exit code 13' : 'before the function `leave` returned';
    await expect(failing).rejects.toMatchObject({ code: 'SCRIPT_FAILED', message: expect.stringContaining(message) });
  });

  it('is no return when a process of the same command returns', async () => {
    const source = (end: string) => `
      import { spawnSync } from 'node:child_process';
      import { readFileSync } from 'node:fs';
      export function f() {
        if (process.env.CHILD) return { who: 'child' };
        const [, ...args] = readFileSync('/proc/self/cmdline', 'utf8').split('\\0').slice(0, -1);
        const { status } = spawnSync(process.execPath, args, { env: { ...process.env, CHILD: '1' } });
        ${end}
        return { who: 'parent', status };
      }`;
    await expect(run(source('process.exit(0);'), { function: 'f' })).rejects.toMatchObject({ code: 'SCRIPT_FAILED' });
    expect(await run(source(''), { function: 'f' })).toEqual({ who: 'parent', status: 0 });
  });

  it('leaves what the function gave to output() when it returns nothing', async () => {
    const source = 'export function answer(_, wf) { wf.output({ given: 1 }); }';
    expect(await run(source, { function: 'answer' })).toEqual({ given: 1 });
  });
});
