import type { DuckDBType } from '@duckdb/node-api';
import { identifier, literal } from '../sql-text.ts';
import { innerTypes, isArray, isJson, isList, isMap, isStruct, isUnion, typeSql } from '../values/type-sql.ts';
import { type GivenFormats, type GivenType, givenType } from './given-type.ts';

/** Whether a type that the options of an input give is made of a JSON value, and not of the text in it. */
export const isMadeOfJson = (type: DuckDBType) => isJson(type) || (innerTypes(type).length > 0 && !isUnion(type));

/** Such a type for a column that holds the text of JSON. No item, key or digit is lost on the way. */
export function givenFromJson(type: DuckDBType, formats: GivenFormats): GivenType {
  const { value, fits } = partOf(type, formats, 0);
  return { type: typeSql(type), value: (x) => value(`CAST(${x} AS JSON)`), fits: (x) => fits(`CAST(${x} AS JSON)`) };
}

interface Part {
  /** SQL of the value that the JSON `j` stands for. */
  value(j: string): string;
  /** SQL: it holds all that the JSON says. Not asked for a JSON null. */
  fits(j: string): string;
}

/** `depth` tells the names in lambdas apart. */
function partOf(type: DuckDBType, formats: GivenFormats, depth: number): Part {
  const inside = (inner: DuckDBType) => partOf(inner, formats, depth + 1);
  const e = `e${depth}`;
  if (isJson(type)) return { value: (j) => j, fits: () => 'true' };
  if (isList(type) || isArray(type)) return listOf(type, inside(type.valueType), e);
  if (isStruct(type)) return structOf(type.entryNames, type.entryTypes.map(inside), e);
  if (isMap(type)) return mapOf(type, { keys: inside(type.keyType), values: inside(type.valueType), e });
  const given = givenType(typeSql(type), formats);
  const text = (j: string) => `json_extract_string(${j}, '$')`;
  const isLeaf = (j: string) => (given.type === 'VARCHAR' ? 'true' : `json_type(${j}) NOT IN ('ARRAY', 'OBJECT')`);
  return { value: (j) => given.value(text(j)), fits: (j) => `(${isLeaf(j)} AND ${given.fits(text(j))})` };
}

/** SQL: a part that is there fits. */
const fitsOrNull = (part: Part, j: string) =>
  `(coalesce(json_type(${j}), 'NULL') = 'NULL' OR coalesce(${part.fits(j)}, false))`;

const every = (list: string, e: string, test: string) => `len(list_filter(${list}, lambda ${e}: NOT ${test})) = 0`;

function listOf(type: DuckDBType, item: Part, e: string): Part {
  const items = (j: string) => `CAST(${j} AS JSON[])`;
  const sized = isArray(type) ? (j: string) => `json_array_length(${j}) = ${type.length} AND ` : () => '';
  return {
    value: (j) =>
      `TRY_CAST(CASE WHEN json_type(${j}) = 'ARRAY' THEN list_transform(${items(j)}, lambda ${e}: ${item.value(e)}) END AS ${typeSql(type)})`,
    fits: (j) =>
      `CASE WHEN json_type(${j}) = 'ARRAY' THEN ${sized(j)}${every(items(j), e, fitsOrNull(item, e))} ELSE false END`,
  };
}

function structOf(names: readonly string[], parts: readonly Part[], e: string): Part {
  const field = (j: string, name: string) => `json_extract(${j}, ${literal(pointer(name))})`;
  const known = `[${names.map(literal).join(', ')}]`;
  return {
    value: (j) => {
      const fields = parts.map((part, index) => {
        const name = names[index] ?? '';
        return `${identifier(name)} := ${part.value(field(j, name))}`;
      });
      return `CASE WHEN json_type(${j}) = 'OBJECT' THEN struct_pack(${fields.join(', ')}) END`;
    },
    fits: (j) => {
      const all = parts.map((part, index) => fitsOrNull(part, field(j, names[index] ?? '')));
      const onlyKnown = every(`json_keys(${j})`, e, `list_contains(${known}, ${e})`);
      return `CASE WHEN json_type(${j}) = 'OBJECT' THEN ${[onlyKnown, ...all].join(' AND ')} ELSE false END`;
    },
  };
}

function mapOf(type: DuckDBType, { keys, values, e }: { keys: Part; values: Part; e: string }): Part {
  const key = `CAST(to_json(${e}) AS JSON)`;
  const value = (j: string) => `json_extract(${j}, '/' || replace(replace(${e}, '~', '~0'), '/', '~1'))`;
  const entry = (j: string) => `struct_pack(k := ${keys.value(key)}, v := ${values.value(value(j))})`;
  return {
    value: (j) =>
      `CASE WHEN json_type(${j}) = 'OBJECT' THEN CAST(map_from_entries(list_transform(json_keys(${j}), lambda ${e}: ${entry(j)})) AS ${typeSql(type)}) END`,
    fits: (j) =>
      `CASE WHEN json_type(${j}) = 'OBJECT' THEN ${every(`json_keys(${j})`, e, `(${fitsOrNull(keys, key)} AND ${fitsOrNull(values, value(j))})`)} ELSE false END`,
  };
}

/** Path of a field by JSON Pointer, in which every name can be written. */
const pointer = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
