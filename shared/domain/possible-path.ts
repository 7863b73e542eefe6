import { byteLength } from './clip-bytes.ts';

/** Of a path: names without NUL between slashes. A pattern counts characters, the system bytes: see `isPossiblePath`. */
export const PATH_PATTERN = /[^\0/]{0,255}(?:\/[^\0/]{0,255})*/.source;
export const PATH_RULE = 'must be a path without NUL characters whose names have at most 255 bytes';
const MAX_NAME_BYTES = 255;

/** Whether a system can take the path. */
export const isPossiblePath = (path: string): boolean =>
  !path.includes('\0') && path.split('/').every((name) => byteLength(name) <= MAX_NAME_BYTES);
