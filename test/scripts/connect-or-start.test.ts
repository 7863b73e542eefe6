import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claim, readClaim } from '../../scripts/local/claim.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import type { Child } from './child.ts';
import { projectCopy } from './project-copy.ts';

type Project = ReturnType<typeof projectCopy>;

function project(): Project {
  const copy = projectCopy();
  mkdirSync(join(copy.root, 'test/scripts/fixtures'), { recursive: true });
  cpSync(join(ROOT, 'test/scripts/fixtures/connect.ts'), join(copy.root, 'test/scripts/fixtures/connect.ts'));
  return copy;
}

async function connect({ node }: Project): Promise<{ child: Child; url: string; afterwards: string }> {
  const child = node('test/scripts/fixtures/connect.ts');
  await child.says('afterwards is: ');
  const [, url = '', afterwards = ''] = /connected to (\S+), which afterwards is: (\w+)/.exec(child.output()) ?? [];
  return { child, url, afterwards };
}

async function leave(child: Child): Promise<void> {
  child.kill('SIGTERM');
  expect(await child.exit).toBe(0);
}

test('the stack that npm start runs is used, and runs on afterwards', async () => {
  const copy = project();
  const start = copy.node('scripts/start.ts', '--port', '0');
  // Its first words come while it starts, when the checkout is its own already.
  await start.says('serves');
  const { child, url, afterwards } = await connect(copy);
  expect(afterwards).toBe('runs');
  expect(url).toBe(JSON.parse(readFileSync(copy.localJson, 'utf8')).url);
  await leave(child);
  expect((await fetch(url)).ok).toBe(true);
  await leave(start);
});

test('without one, a stack with the state of npm start is started and stopped again', async () => {
  const copy = project();
  const { child, url, afterwards } = await connect(copy);
  expect(afterwards).toBe('kept');
  expect(JSON.parse(readFileSync(copy.localJson, 'utf8')).url).toBe(url);
  await leave(child);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(existsSync(copy.localJson)).toBe(false);
});

test('a stack that ends with another command is not built on: the second command gets its own', async () => {
  const copy = project();
  const first = await connect(copy);
  const second = await connect(copy);
  expect(second.url).not.toBe(first.url);
  expect(second.afterwards).toBe('gone');
  expect(second.child.output()).toContain('has the stack of this checkout for itself');
  await leave(first.child);
  expect((await fetch(second.url)).ok).toBe(true);
  await leave(second.child);
});

test('a stack whose worker works in another folder is not built on', async () => {
  const copy = project();
  const start = copy.node('scripts/start.ts', '--port', '0', '--project-dir', '..');
  await start.says('serves');
  const { child, afterwards } = await connect(copy);
  expect(afterwards).toBe('gone');
  expect(child.output()).toContain(`works in ${dirname(copy.root)}: starting a stack in memory`);
  await leave(child);
  await leave(start);
});

test('a stack that another process starts and that never serves is given up, with that process named', async () => {
  const copy = project();
  const since = '2026-01-01T00:00:00.000Z';
  const holder = claim(join(copy.root, '.wf/stack.lock'), {
    lasting: true,
    since,
    dataDir: '/data',
    projectDir: copy.root,
  });
  onTestFinished(() => {
    if (holder.held) holder.release();
  });
  const child = copy.node('test/scripts/fixtures/connect.ts', '300');
  expect(await child.exit).toBe(1);
  expect(child.output()).toContain(`waiting for the stack that process ${process.pid} is starting`);
  expect(child.output()).toMatch(
    new RegExp(
      `which process ${process.pid} runs since ${since}, does not serve after \\d+ s .* logs are in /data/logs`,
    ),
  );
});

test('what is told about the process that holds the checkout says since when, and where its state is', async () => {
  const copy = project();
  const { child } = await connect(copy);
  expect(readClaim(join(copy.root, '.wf/stack.lock'))).toMatchObject({
    lasting: false,
    since: expect.stringMatching(/^\d{4}-.*Z$/),
    dataDir: join(copy.root, '.wf/data'),
  });
  await leave(child);
});
