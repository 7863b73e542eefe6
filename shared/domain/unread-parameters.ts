import type { JsonObject } from '../schemas/json.ts';
import type { Warning } from '../schemas/warning.ts';
import { isMap } from './expression-functions.ts';
import type { ParameterRead } from './expression-parameters.ts';
import { createSuggester, didYouMean, listNames } from './nearest.ts';
import { type ParameterTree, parameterTree } from './parameter-tree.ts';
import { joinPath } from './violations.ts';

/** Unread parameters that one answer names; of more it says how many there are. */
const MOST = 100;

/**
 * A warning for each parameter that is given and that nothing reads, with the nearest name that is read. None where all may be
 * read: `parameters` as a whole, or by a computed key.
 */
export function unreadParameters(reads: readonly ParameterRead[], given: JsonObject): Warning[] {
  const unread = findUnread(given, parameterTree(reads), []);
  const warnings = unread.slice(0, MOST).map(({ names, level }) => warn(names, level));
  if (unread.length <= MOST) return warnings;
  const message = `no step reads ${unread.length - MOST} more of the parameters that are given`;
  return [...warnings, { code: 'PARAMETER_UNREAD', path: 'parameters', message }];
}

interface Unread {
  names: readonly string[];
  /** What is read in its place. */
  level: ParameterTree;
}

function findUnread(given: JsonObject, level: ParameterTree, names: readonly string[]): Unread[] {
  if (level.whole) return [];
  return Object.entries(given).flatMap(([name, value]): Unread[] => {
    const read = level.members.get(name);
    if (!read) return [{ names: [...names, name], level }];
    return isMap(value) && read.members.size > 0 ? findUnread(value, read, [...names, name]) : [];
  });
}

function warn(names: readonly string[], { members }: ParameterTree): Warning {
  const known = [...members.keys()];
  const path = joinPath('parameters', ...names);
  const hint = didYouMean(createSuggester(known)(names.at(-1) ?? ''));
  return {
    code: 'PARAMETER_UNREAD',
    path,
    message: `no step reads ${path}${hint}${known.length > 0 ? listNames(known, 'read') : ''}`,
  };
}
