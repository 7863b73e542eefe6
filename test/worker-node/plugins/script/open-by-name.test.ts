import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGroup } from '../../../../worker-node/plugins/script/process-group.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wf-by-name-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** What a shell command prints, and writes to descriptor 3. */
async function printed(script: string) {
  const [stdout, stderr, events]: string[][] = [[], [], []];
  const end = await runGroup({
    command: '/bin/sh',
    args: ['-c', script],
    cwd: dir,
    env: { PATH: process.env.PATH, NODE: process.execPath },
    signal: new AbortController().signal,
    killAfterMs: () => 0,
    onStdout: (text) => stdout?.push(text),
    onStderr: (text) => stderr?.push(text),
    onEvents: (text) => events?.push(text),
  });
  return { ...end, stdout: stdout?.join(''), stderr: stderr?.join(''), events: events?.join('') };
}

describe('the pipes of a process', () => {
  it('open as files by their names', async () => {
    const script = `
      echo 1 >/dev/stdout; echo 2 >>/dev/stdout; echo 3 | tee /dev/stderr; echo 4 >/dev/fd/2; echo 5 >>/dev/stderr
      echo 6 >/dev/fd/3
      "$NODE" -e "fs.writeFileSync('/dev/stdout', '7\\n'); fs.appendFileSync('/dev/stderr', '8\\n')"`;
    expect(await printed(script)).toEqual({
      exitCode: 0,
      killedBy: null,
      signalled: false,
      stdout: '1\n2\n3\n7\n',
      stderr: '3\n4\n5\n8\n',
      events: '6\n',
    });
  });

  it.runIf(process.platform === 'linux')(
    'open by the names in /proc, by a child and in the background too',
    async () => {
      const script = 'echo 1 >/proc/self/fd/1; sh -c "echo 2 >/proc/self/fd/2"; (echo 3 >/proc/$$/fd/1) & wait';
      expect(await printed(script)).toMatchObject({ stdout: '1\n3\n', stderr: '2\n' });
    },
  );

  it('lose nothing of much output right before the end', async () => {
    const { stdout } = await printed('yes 0123456789 | head -c 20000000; exit 0');
    expect(stdout?.length).toBe(20_000_000);
  });
});
