import { fileURLToPath } from 'node:url';

/** A requirement that names a file or folder, taken apart. Its text is `before + path + after`. */
export interface LocalRequirement {
  before: string;
  path: string;
  after: string;
}

const ARCHIVE = /\.(?:whl|zip|tar|tgz|tbz|txz|tlz|tar\.(?:gz|bz2|xz|lz|lzma))$/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

/** Undefined for a name with versions, and for what comes from the network. */
export function localRequirement(requirement: string): LocalRequirement | undefined {
  const [, before = '', place = ''] = /^([A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*)?(.*)$/s.exec(requirement) ?? [];
  const [, path = '', after = ''] = /^(.*?)((?:\[[^\]]*\])?(?:#\S*)?(?:\s*;.*|\s+--?[A-Za-z].*)?)$/s.exec(place) ?? [];
  if (/^file:/i.test(path)) return { before, path: pathOfUrl(path), after };
  if (SCHEME.test(path)) return undefined;
  const isPath = before !== '' || path.startsWith('.') || path.includes('/') || ARCHIVE.test(path);
  return isPath ? { before, path, after } : undefined;
}

/** The path of `file:` URLs, which tools also take with a relative path. */
function pathOfUrl(url: string): string {
  if (/^file:\/\//i.test(url)) return fileURLToPath(url);
  return decodeURIComponent(url.slice('file:'.length));
}
