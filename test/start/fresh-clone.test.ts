import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { BIN } from '../../scripts/install/place.mjs';
import { startChild } from '../scripts/child.ts';
import { projectCopy } from '../scripts/project-copy.ts';
import { temporaryFolder } from '../scripts/temporary-folder.ts';

/** A checkout without dependencies, a home folder with these settings of npm, and a Node that no checkout brought. */
function clone(npmrc: string) {
  const { root, env } = projectCopy({ parts: 'real' });
  rmSync(join(root, 'node_modules'));
  const home = temporaryFolder();
  writeFileSync(join(home, '.npmrc'), npmrc);
  mkdirSync(join(home, 'bin'));
  symlinkSync(process.execPath, join(home, 'bin/node'));
  const path = [join(home, 'bin'), ...(env.PATH ?? '').split(delimiter).filter((folder) => folder !== BIN)];
  // Only what this machine needs to reach its registry: npm keeps that in the user's file too.
  const userconfig = { npm_config_globalconfig: process.env.npm_config_globalconfig };
  return {
    root,
    env: { ...env, ...userconfig, HOME: home, PATH: path.join(delimiter), npm_config_userconfig: undefined },
  };
}

// rmyndharis/OpenWA#449
test.each([
  ['NODE_ENV=production', '', { NODE_ENV: 'production' }],
  ['what it is to leave out', 'omit=dev\nproduction=true\n', { NPM_CONFIG_OMIT: 'optional' }],
  ['no scripts', 'ignore-scripts=true\nbin-links=false\ndry-run=true\nglobal=true\n', {}],
])('a fresh clone installs all that its commands need where npm is told %s', async (_, npmrc, settings) => {
  const { root, env } = clone(npmrc);
  const run = () => startChild('npm', ['start', '--', '--help'], { cwd: root, env: { ...env, ...settings } });
  const first = run();
  expect(await first.exit, first.output()).toBe(0);
  expect(first.output()).toContain('dependencies are not installed: running npm ci');
  const second = run();
  expect(await second.exit).toBe(0);
  expect(second.output()).not.toContain('npm ci');
  const format = startChild('npm', ['run', 'migrations:generate', '--', '--help'], { cwd: root, env });
  expect(await format.exit, format.output()).toBe(0);
});
