import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The tools that npm installs, the project's Node among them. */
export const BIN = join(ROOT, 'node_modules', '.bin');
