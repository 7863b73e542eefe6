import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
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
];
/** Stand-ins start in milliseconds; the real parts are met by the end-to-end tests. */
const STAND_INS = {
  'scripts/local/edge-host.ts': 'edge.ts',
  'scripts/local/temporal-host.ts': 'part.ts',
  'worker-node/main.ts': 'part.ts',
};

/** A checkout of its own, in which the real commands can be run beside whatever runs in this one. */
export function projectCopy() {
  const root = temporaryFolder();
  for (const path of COPIED) cpSync(join(ROOT, path), join(root, path), { recursive: true });
  for (const [path, fixture] of Object.entries(STAND_INS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(ROOT, 'test/scripts/fixtures', fixture), join(root, path));
  }
  writeFileSync(join(root, 'scripts/local/edge-bundle.ts'), "export const edgeBundle = async () => '';\n");
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'bin/temporal'), '#!/bin/sh\n');
  chmodSync(join(root, 'bin/temporal'), 0o755);
  // Not as a child of the npm that runs the tests.
  const { npm_lifecycle_event: _, ...outer } = process.env;
  const env = { ...outer, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}`, TEMPORAL_ADDRESS: '' };
  return {
    root,
    localJson: join(root, '.wf/local.json'),
    npm: (...args: string[]): Child => startChild('npm', args, { cwd: root, env }),
    /** Runs a script without npm, whose own start takes longest. */
    node: (...args: string[]): Child => startChild(process.execPath, args, { cwd: root, env }),
  };
}
