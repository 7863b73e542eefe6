import type { Violation } from '../errors.ts';
import type { JsonObject, JsonValue } from '../schemas/json.ts';
import { isMap, typeName } from './expression-functions.ts';
import type { ParameterRead } from './expression-parameters.ts';
import type { ConfigParameter } from './expressions.ts';
import { createSuggester } from './nearest.ts';
import { type ParameterTree, parameterTree } from './parameter-tree.ts';
import { joinPath, MAX_VIOLATIONS, quote, stepName } from './violations.ts';

/** What the config of one step reads of the parameters. */
export interface StepReads {
  /** Null for a step whose id cannot be read. */
  reader: string | null;
  parameters: readonly ConfigParameter[];
}

/** A value that is read and not there. */
interface Missing {
  names: readonly string[];
  /** What is given in the place that should hold it. */
  owner: JsonValue;
  /** The first place that reads it. */
  place: Pick<ConfigParameter, 'path' | 'position'> & Pick<StepReads, 'reader'>;
  /** How many places read it. */
  count: number;
}

/**
 * Parameters that are read and not given, each once, at its path (`parameters.nope`). What is read only where `has()` of it,
 * or `"nope" in parameters`, was true may be absent, and so may what a computed key reads. What is read inside null is left to
 * the step: an expression may compare with null first. Takes time linear in the reads.
 */
export function checkParameters(reads: readonly StepReads[], given: JsonObject): Violation[] {
  const missing = new Map<string, Missing>();
  for (const { reader, parameters } of reads)
    for (const read of parameters) {
      const found = missingOf(read, given);
      if (found === null) continue;
      const key = JSON.stringify(found.names);
      const known = missing.get(key);
      if (known) known.count += 1;
      else missing.set(key, { ...found, place: { reader, path: read.path, position: read.position }, count: 1 });
    }
  if (missing.size === 0) return [];
  const misspelt = createMisspelt(parameterTree(reads.flatMap(({ parameters }) => parameters)));
  return [...missing.values()].slice(0, MAX_VIOLATIONS).map((one) => ({
    code: 'VALIDATION_ERROR',
    path: joinPath('parameters', ...one.names),
    message: describe(one, misspelt),
  }));
}

function missingOf(
  { names, needed, tested }: ParameterRead,
  given: JsonObject,
): Pick<Missing, 'names' | 'owner'> | null {
  let owner: JsonValue = given;
  for (let depth = 0; depth < needed; depth++) {
    const value = memberOf(owner, names[depth] ?? '');
    if (value === undefined) {
      const isLeft = depth < tested || owner === null;
      return isLeft ? null : { names: names.slice(0, depth + 1), owner };
    }
    owner = value;
  }
  return null;
}

/** Own members alone. */
const memberOf = (owner: JsonValue, name: string): JsonValue | undefined =>
  isMap(owner) && Object.hasOwn(owner, name) ? owner[name] : undefined;

/** What every start by the schedule of a definition would lack: such a schedule holds no parameters. */
export const checkScheduledParameters = (reads: readonly StepReads[]): Violation[] =>
  checkParameters(reads, {}).map((violation) => ({
    ...violation,
    message: `the schedule starts executions without parameters, and this one ${violation.message}; or leave the schedule out`,
  }));

type Misspelt = (names: readonly string[], owner: JsonObject) => string | null;

function describe({ names, owner, place, count }: Missing, misspelt: Misspelt): string {
  const others = count > 1 ? ` and ${count - 1} more ${count === 2 ? 'place' : 'places'}` : '';
  const reader = `${stepName(place.reader)} reads it at ${place.path} (expression at character ${place.position})${others}`;
  if (!isMap(owner))
    return `is not there, since ${joinPath('parameters', ...names.slice(0, -1))} is ${typeName(owner)}; ${reader}`;
  const remedy = `give it, or read it only where has(${joinPath('parameters', ...names)}) is true`;
  const near = misspelt(names, owner);
  return `is not given; ${reader}: ${remedy}${near === null ? '' : `; ${quote(near)} is given and not read: is it meant?`}`;
}

/** Finds the nearest of the names that are given beside one that is not, and that nothing reads. */
function createMisspelt(tree: ParameterTree): Misspelt {
  const suggesters = new Map<JsonObject, ReturnType<typeof createSuggester>>();
  return (names, owner) => {
    let suggest = suggesters.get(owner);
    if (!suggest) {
      const level = names.slice(0, -1).reduce<ParameterTree | undefined>((node, name) => node?.members.get(name), tree);
      suggest = createSuggester(Object.keys(owner).filter((name) => !level?.members.has(name)));
      suggesters.set(owner, suggest);
    }
    return suggest(names.at(-1) ?? '');
  };
}
