import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout that these scripts belong to. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What the scripts write for themselves; ignored by git. */
export const STATE_DIR = join(ROOT, '.wf');

/** A tool that npm installed. */
export const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
