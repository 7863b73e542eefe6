import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LIMITS } from '../../../../shared/limits.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { newObserved } from '../run-operation.ts';
import { createWitness } from '../script/witness.ts';
import { dir, newTry, run } from './project.ts';

const HEAD = `
  import { artifact, output } from 'wf';
  import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync, appendFileSync, truncateSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import { join } from 'node:path';`;

/** Runs a script that stores files; answers what each artifact holds. */
async function storedBy(source: string): Promise<Record<string, string>> {
  const artifacts = newTry();
  await run(`${HEAD}\n${source}`, {}, { artifacts });
  const texts = artifacts.stored().map(async (uri) => {
    return [uri.slice('artifact://exec_test/step/'.length), await readFile(await artifacts.open(uri), 'utf8')];
  });
  const contents = Object.fromEntries(await Promise.all(texts));
  await artifacts.dispose();
  return contents;
}

describe('artifact() of node.script keeps what the file held at the call', () => {
  it.each([
    ['is removed', "rmSync('m');"],
    ['is moved', "renameSync('m', 'n');"],
    ['is replaced', "writeFileSync('n', 'after'); renameSync('n', 'm');"],
    ['is rewritten in place', "writeFileSync('m', 'after');"],
    ['is appended to', "appendFileSync('m', 'after');"],
    ['is cut', "truncateSync('m', 0);"],
  ])('when it %s', async (_, then) => {
    expect(await storedBy(`writeFileSync('m', 'before'); artifact('m'); ${then}`)).toEqual({ m: 'before' });
  });

  it('in a temporary folder that goes', async () => {
    const source = `
      const folder = join(tmpdir(), 'mine');
      mkdirSync(folder);
      writeFileSync(join(folder, 'm'), 'x');
      artifact('models/m', join(folder, 'm'));
      rmSync(folder, { recursive: true });`;
    expect(await storedBy(source)).toEqual({ 'models/m': 'x' });
  });

  it('relative to the folder that is current then, and through a link', async () => {
    const source = `
      mkdirSync('sub');
      writeFileSync('sub/m', 'x');
      symlinkSync('m', 'sub/link');
      process.chdir('sub');
      artifact('m');
      artifact('linked', 'link');
      process.chdir('..');
      rmSync('sub', { recursive: true });`;
    expect(await storedBy(source)).toEqual({ m: 'x', linked: 'x' });
  });

  it('the last of a name that is stored twice', async () => {
    const source = "for (const text of ['one', 'two']) { writeFileSync('m', text); artifact('m'); } rmSync('m');";
    expect(await storedBy(source)).toEqual({ m: 'two' });
  });

  it('when a child process stores it', async () => {
    const source = `
      import { execFileSync } from 'node:child_process';
      writeFileSync('child.mjs', "import { writeFileSync } from 'node:fs'; import { artifact } from '" + import.meta.resolve('wf') + "'; writeFileSync('c', 'of a child'); artifact('c');");
      execFileSync(process.execPath, ['child.mjs'], { stdio: 'ignore' });
      rmSync('c');`;
    expect(await storedBy(source)).toEqual({ c: 'of a child' });
  });

  it('also when it is empty, or made up by the kernel', async () => {
    const source = "writeFileSync('empty', ''); artifact('empty'); artifact('os', '/proc/sys/kernel/ostype');";
    expect(await storedBy(source)).toEqual({ empty: '', os: 'Linux\n' });
  });

  it('of a script that fails, too, and lists the files in the order of the calls', async () => {
    const artifacts = newTry();
    const names = ['z', 'a', 'm', 'b'];
    const source = `${HEAD}
      for (const name of ${JSON.stringify(names)}) { writeFileSync(name, name); artifact(name); rmSync(name); }
      throw new Error('diverged');`;
    await expect(run(source, {}, { artifacts })).rejects.toMatchObject({ code: 'SCRIPT_FAILED' });
    expect(artifacts.stored()).toEqual(names.map((name) => `artifact://exec_test/step/${name}`));
    await artifacts.dispose();
  });
});

describe('artifact() of node.script refuses at the call', () => {
  it.each([
    ['a file that is absent', "artifact('m', 'absent');", 'INVALID_ARTIFACT', '"absent" cannot be read (ENOENT)'],
    ['a folder', "mkdirSync('d'); artifact('m', 'd');", 'INVALID_ARTIFACT', '"d" is a folder'],
    ['a device', "artifact('m', '/dev/zero');", 'INVALID_ARTIFACT', '"/dev/zero" is no regular file'],
    ['a FIFO', "artifact('m', PIPE);", 'INVALID_ARTIFACT', 'is no regular file'],
    [
      'a bad name',
      "writeFileSync('m', ''); artifact('../m', 'm');",
      'INVALID_ARTIFACT_NAME',
      '"../m" is no artifact name',
    ],
    [
      'a name with a line break',
      "writeFileSync('m', ''); artifact('m\\\\n', 'm');",
      'INVALID_ARTIFACT_NAME',
      'no artifact',
    ],
  ])('%s', async (_, call, code, message) => {
    const pipe = join(dir, 'pipe');
    await rm(pipe, { force: true });
    execFileSync('mkfifo', [pipe]);
    const source = `${HEAD}\n try { ${call.replace('PIPE', JSON.stringify(pipe))} } catch (error) {
      const { code, message, retryable } = error;
      output({ code, message, retryable });
    }`;
    expect(await run(source)).toMatchObject({ code, message: expect.stringContaining(message), retryable: false });
    const uncaught = run(`${HEAD}\n${call.replace('PIPE', JSON.stringify(pipe))}`);
    await expect(uncaught).rejects.toMatchObject({ code, retryable: false });
  });
});

it('an artifact event without the helper stores the file, also when the file of another one is absent', async () => {
  const artifacts = newTry();
  const events = ['gone', 'm'].map((name) => `${JSON.stringify({ type: 'artifact', name, path: name })}\n`).join('');
  const source = `
    import { writeFileSync, writeSync } from 'node:fs';
    writeFileSync('m', 'x');
    writeSync(3, ${JSON.stringify(events)});`;
  await expect(run(source, {}, { artifacts })).rejects.toMatchObject({ code: 'INVALID_ARTIFACT', retryable: false });
  expect(artifacts.stored()).toEqual(['artifact://exec_test/step/m']);
  await artifacts.dispose();
});

it('a script that fails says which of its files is not kept', async () => {
  const observed = newObserved();
  const source = `
    import { writeSync } from 'node:fs';
    writeSync(3, '${JSON.stringify({ type: 'artifact', name: 'gone', path: 'gone' })}\\n');
    process.exit(3);`;
  await expect(run(source, {}, { observed })).rejects.toMatchObject({ code: 'SCRIPT_FAILED' });
  const messages = observed.logs.map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringMatching(/^An artifact of the failed script is not kept: .*"gone"/));
});

it('a script that stores more files than a try may have fails, and says so', { timeout: 60_000 }, async () => {
  const source = `${HEAD}\nwriteFileSync('m', 'x'); for (let n = 0; n <= ${LIMITS.artifactsPerTry}; n++) artifact('m' + n, 'm');`;
  await expect(run(source)).rejects.toMatchObject({ code: 'TOO_MANY_ARTIFACTS', retryable: false });
});

describe('a node script that tidies up', () => {
  it.each([
    ['its folder, entry by entry', "for (const name of readdirSync('.')) rmSync(name, { recursive: true });"],
    ['its folder with all that is in it', 'rmSync(process.cwd(), { recursive: true });'],
  ])('%s keeps what it has stored and answered', async (_, tidy) => {
    const artifacts = newTry();
    const source = `${HEAD}
      import { readdirSync } from 'node:fs';
      writeFileSync('m', 'x');
      artifact('m');
      output({ done: true });
      ${tidy}`;
    expect(await run(source, {}, { artifacts })).toEqual({ done: true });
    expect(artifacts.stored()).toEqual(['artifact://exec_test/step/m']);
    await artifacts.dispose();
  });

  it('finds its folder empty', async () => {
    const source = `${HEAD} import { readdirSync } from 'node:fs'; output(readdirSync('.'));`;
    expect(await run(source)).toEqual([]);
  });

  it.each([
    ['a script', '', {}],
    ['a function', 'export const f = () => tidy();', { function: 'f' }],
  ])('too far fails, since nobody knows what it has stored: %s', async (_, more, config) => {
    const source = `${HEAD}
      import { dirname } from 'node:path';
      const tidy = () => rmSync(dirname(process.env.WF_INPUT), { recursive: true });
      ${more || 'output({ done: true }); tidy();'}`;
    const expected = more ? { code: 'SCRIPT_FAILED' } : { code: 'CONTROL_FOLDER_GONE', retryable: false };
    await expect(run(source, config)).rejects.toMatchObject(expected);
  });
});

it('a process that has outlived its try stores nothing, and is told so', async () => {
  const [store, witness] = [join(dir, 'outlived'), await createWitness(dir)];
  onTestFinished(() => witness.close());
  const owner = { execution: 'exec_test', attempt: 1, step: 'step', try: 1 };
  const artifacts = createArtifactStore({ dir: store }).forTry(owner);
  // It has read its input when it says so.
  const child = `(async () => {
    const { existsSync } = await import('node:fs');
    const { artifact } = await import(process.env.HELPER);
    const tell = (word) => require('node:net').connect(process.env.WITNESS).write(word);
    console.log('up');
    const timer = setInterval(() => {
      if (existsSync(process.env.WF_INPUT)) return;
      clearInterval(timer);
      try { artifact('late', '/proc/self/status'); tell('stored'); } catch ({ code }) { tell(code); }
    }, 5);
  })()`;
  const source = `
    import { spawn } from 'node:child_process';
    import { input } from 'wf';
    const env = { ...process.env, HELPER: import.meta.resolve('wf') };
    const child = spawn(process.execPath, ['-e', input()], { detached: true, stdio: ['ignore', 'pipe', 'ignore'], env });
    child.stdout.once('data', () => process.exit(0));`;
  await run(source, { env: { WITNESS: witness.path }, input: child }, { artifacts });
  await artifacts.dispose();
  const told = ['stored', 'TRY_ENDED'].map((word) => witness.seen(word).then(() => word));
  expect(await Promise.race(told)).toBe('TRY_ENDED');
  const [own = ''] = await readdir(join(store, '.unfinished'));
  expect(await readdir(join(store, '.unfinished', own))).toEqual([]);
});
