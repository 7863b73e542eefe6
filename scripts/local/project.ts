import { join, resolve } from 'node:path';

/** The checkout that these scripts belong to. */
export const ROOT = resolve(import.meta.dirname, '../..');

/** What the scripts write for themselves; ignored by git. */
export const STATE_DIR = join(ROOT, '.wf');

/** A tool that npm installed. */
export const bin = (name: string): string => join(ROOT, 'node_modules', '.bin', name);
