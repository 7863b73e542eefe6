import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startOf } from '../../../../worker-node/artifacts/process-start.mjs';
import { runGroup } from '../../../../worker-node/plugins/script/process-group.ts';
import { createWitness, type Witness } from './witness.ts';

let dir: string;
let witness: Witness;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-group-'));
  witness = await createWitness(dir);
});
afterAll(async () => {
  witness.close();
  await rm(dir, { recursive: true, force: true });
});

const options = (command: string, ...args: string[]) => ({
  command,
  args,
  cwd: dir,
  env: { PATH: process.env.PATH, WITNESS: witness.path },
  signal: new AbortController().signal,
  killAfterMs: () => 0,
  onStdout: () => undefined,
  onStderr: () => undefined,
  onEvents: () => undefined,
});
const connect = (name: string) => `require('node:net').connect(process.env.WITNESS).write('${name}')`;

describe('process group', () => {
  it('ends with the worker that started it, even by SIGKILL', async () => {
    const module = new URL('../../../../worker-node/plugins/script/process-group.ts', import.meta.url).href;
    // Busy for ever, and deaf to SIGTERM: nothing in the script itself can help to end it.
    const busy = `process.on('SIGTERM', () => {}); ${connect('orphan')}; setTimeout(() => { for (;;); }, 50);`;
    const worker = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { runGroup } from ${JSON.stringify(module)};
         const none = () => undefined;
         await runGroup({ command: process.execPath, args: ['-e', ${JSON.stringify(busy)}], cwd: '.', env: process.env,
           signal: new AbortController().signal, killAfterMs: () => 0, onStdout: none, onStderr: none, onEvents: none });`,
      ],
      { env: { ...process.env, WITNESS: witness.path }, stdio: 'inherit' },
    );
    await witness.seen('orphan');
    worker.kill('SIGKILL');
    await witness.gone('orphan');
  });

  it('says that the command ended by itself, though the worker learns of the exit only with its own abort', async () => {
    const abort = new AbortController();
    const ended: boolean[] = [];
    const spawned = Promise.withResolvers<number>();
    const running = runGroup({
      ...options('/bin/sh', '-c', 'exit 7'),
      signal: abort.signal,
      onSpawn: spawned.resolve,
      onEnded: (signalled) => ended.push(signalled),
    });
    const pid = await spawned.promise;
    // A worker that is frozen does nothing either until the command is a zombie.
    while (startOf(pid) !== undefined);
    abort.abort(new Error('too late'));
    expect(ended).toEqual([false]);
    expect(await running).toEqual({ exitCode: 7, killedBy: null, signalled: false });
    expect(ended).toEqual([false]);
  });

  it('says when it was sent a signal first', async () => {
    const abort = new AbortController();
    const ended: boolean[] = [];
    const running = runGroup({
      ...options('/bin/sh', '-c', "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done"),
      killAfterMs: () => 10_000,
      signal: abort.signal,
      onEnded: (signalled) => ended.push(signalled),
      onStdout: () => abort.abort(new Error('stop')),
    });
    expect(await running).toEqual({ exitCode: 0, killedBy: null, signalled: true });
    expect(ended).toEqual([true]);
  });

  it('shows the command no child that it did not start', async () => {
    const script = 'wait; echo "children: $(ps -o pid= --ppid $$ | wc -l)"';
    const stdout: string[] = [];
    await runGroup({ ...options('/bin/sh', '-c', script), onStdout: (text) => stdout.push(text) });
    // The one child is the subshell that counts.
    expect(stdout.join('').trim()).toBe('children: 1');
  });

  it('ends even when a process that left the group holds its output', async () => {
    const escapee = `process.title = 'x'; ${connect('escapee')}; process.stdin.resume();`;
    const leader = `
      const { spawn } = require('node:child_process');
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${escapee}; console.log('up'); setTimeout(() => process.exit(), 20_000).unref();`)}], { detached: true, stdio: ['ignore', 1, 1] });
      child.unref();`;
    const end = await runGroup(options(process.execPath, '-e', leader));
    expect(end).toEqual({ exitCode: 0, killedBy: null, signalled: false });
  });

  it('says when there is no such command', async () => {
    const stderr: string[] = [];
    const end = await runGroup({ ...options('/no/such/command'), onStderr: (text) => stderr.push(text) });
    expect(end.exitCode).toBe(127);
    expect(stderr.join('')).toContain('/no/such/command');
  });

  it('rejects when the folder is absent', async () => {
    await expect(runGroup({ ...options('true'), cwd: join(dir, 'absent') })).rejects.toThrow('ENOENT');
  });

  it('does not start when it is aborted already', async () => {
    const reason = new Error('too late');
    await expect(async () => runGroup({ ...options('true'), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
