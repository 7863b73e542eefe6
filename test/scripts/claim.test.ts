import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { claim, readClaim } from '../../scripts/local/claim.mjs';
import { identify } from '../../scripts/local/process-identity.mjs';
import { ROOT } from '../../scripts/local/project.ts';
import { startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

let file: string;
beforeEach(() => {
  file = join(temporaryFolder(), 'deep', 'claim.json');
});

const claimInChild = () =>
  startChild(process.execPath, [
    '--input-type=module',
    '-e',
    `import { claim } from ${JSON.stringify(join(ROOT, 'scripts/local/claim.mjs'))};
     const { held } = claim(${JSON.stringify(file)}, { note: 'child' });
     console.log(held ? 'held' : 'refused');
     if (held) setInterval(() => {}, 1_000);`,
  ]);

test('a claim is free again after its release', () => {
  const first = claim(file, {});
  expect(first.held && readClaim(file)).toMatchObject({ pid: process.pid });
  if (first.held) first.release();
  expect(readClaim(file)).toBeUndefined();
  expect(claim(file, {}).held).toBe(true);
});

test("a living holder's claim is refused, with its pid and note", async () => {
  const child = claimInChild();
  await child.says('held');
  expect(claim(file, {})).toMatchObject({ held: false, holder: { pid: child.pid, note: 'child' } });
});

test("a dead holder's claim is replaced", async () => {
  const child = claimInChild();
  await child.says('held');
  child.kill('SIGKILL');
  await child.exit;
  expect(claim(file, {}).held).toBe(true);
});

test('a claim of another process with the same pid, of before, does not count', () => {
  const held = claim(file, {});
  expect(held.held).toBe(true);
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: `not ${identify(process.pid)?.started}` }));
  expect(readClaim(file)).toBeUndefined();
  expect(claim(file, {}).held).toBe(true);
});

test('of many processes that claim a dead one’s file at once, exactly one gets it', async () => {
  const dead = claimInChild();
  await dead.says('held');
  dead.kill('SIGKILL');
  await dead.exit;
  const children = Array.from({ length: 6 }, claimInChild);
  await Promise.all(children.map((child) => Promise.race([child.says('held'), child.says('refused')])));
  expect(children.filter((child) => child.output().includes('held'))).toHaveLength(1);
});
