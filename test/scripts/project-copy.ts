import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ROOT } from '../../scripts/local/project.ts';
import { type Child, startChild } from './child.ts';
import { temporaryFolder } from './temporary-folder.ts';

const COPIED = [
  '.npmrc',
  'package.json',
  'package-lock.json',
  'scripts',
  'shared',
  'edge/repositories',
  'edge/services',
  'edge/sha256.ts',
  'worker-node/artifacts/process-start.mjs',
  'worker-node/engine-channel.ts',
  'worker-node/on-path.ts',
  'worker-node/proxies.mjs',
];
/** What the real parts need besides. */
const COPIED_FOR_REAL_PARTS = ['edge', 'worker-node', 'migrations', 'examples', 'wrangler.toml', 'tsconfig.json'];
/** Stand-ins start in milliseconds; the real parts are met by the end-to-end tests and those of faults. */
const STAND_INS = {
  'scripts/local/edge-host.ts': 'edge.ts',
  'scripts/local/temporal-host.ts': 'part.ts',
  'worker-node/main.ts': 'part.ts',
};

interface CopyOptions {
  /** Default: stand-ins. */
  parts?: 'stand-ins' | 'real';
  /** More environment for the commands. */
  env?: Readonly<Record<string, string>>;
  /** Takes what is to be done at the end. Default: the end of the test. */
  whenDone?: (cleanUp: () => void) => void;
}

/** A checkout of its own, in which the real commands can be run beside whatever runs in this one. */
export function projectCopy({ parts = 'stand-ins', env: more, whenDone = onTestFinished }: CopyOptions = {}) {
  const root = temporaryFolder(whenDone);
  for (const path of [...COPIED, ...(parts === 'real' ? COPIED_FOR_REAL_PARTS : [])]) {
    cpSync(join(ROOT, path), join(root, path), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  if (parts === 'stand-ins') standIn(root);
  // Not as a child of the npm that runs the tests.
  const { npm_lifecycle_event: _, ...outer } = process.env;
  const path = `${join(root, 'bin')}${delimiter}${process.env.PATH}`;
  const env = { ...outer, PATH: path, TEMPORAL_ADDRESS: '', ...more };
  const start = (file: string, args: string[]): Child => startChild(file, args, { cwd: root, env, whenDone });
  return {
    root,
    env,
    localJson: join(root, '.wf/local.json'),
    npm: (...args: string[]): Child => start('npm', args),
    /** Runs a script without npm, whose own start takes longest. */
    node: (...args: string[]): Child => start(process.execPath, args),
  };
}

function standIn(root: string): void {
  for (const [path, fixture] of Object.entries(STAND_INS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(ROOT, 'test/scripts/fixtures', fixture), join(root, path));
  }
  writeFileSync(join(root, 'scripts/local/edge-bundle.ts'), "export const edgeBundle = async () => '';\n");
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/temporal'), '#!/bin/sh\necho "temporal version 1.5.1"\n');
  chmodSync(join(root, 'bin/temporal'), 0o755);
}
