import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { identify, signalGroup } from '../../scripts/local/process-identity.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import { startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A tool that does not end. */
const TOOL =
  '#!/bin/sh\necho $$ > "$(basename "$0").pid.draft" && mv "$(basename "$0").pid.draft" "$(basename "$0").pid"\nexec sleep 600\n';
const TOOLS = ['biome', 'depcruise'];

test('a check that is interrupted ends the tools that it runs', async () => {
  const root = temporaryFolder();
  for (const path of ['scripts', 'tsconfig.json', 'package.json', 'worker-node/artifacts/process-start.mjs']) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  for (const name of TOOLS) {
    const file = join(root, 'node_modules/.bin', name);
    writeFileSync(file, TOOL);
    chmodSync(file, 0o755);
  }
  const check = startChild(process.execPath, ['scripts/check.ts'], { cwd: root });
  const files = TOOLS.map((name) => join(root, `${name}.pid`));
  // Nothing tells when a process of somebody else has begun: ask until it has.
  while (!files.every((file) => existsSync(file))) await sleep(20);
  const pids = files.map((file) => Number(readFileSync(file, 'utf8')));
  onTestFinished(() => {
    for (const pid of pids) signalGroup(pid, 'SIGKILL');
  });
  check.kill('SIGINT');
  expect(await check.exit).toBe(130);
  expect(pids.map(identify)).toEqual([undefined, undefined]);
  expect(check.output()).not.toContain('FAIL');
});
