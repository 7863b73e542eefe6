import { type DuckDBConnection, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { InputFile } from '../protocol.ts';
import { literal } from '../sql-text.ts';
import { anyPart, isList, isStruct } from '../values/type-sql.ts';
import { notJson } from './json-faults.ts';
import { ITEM } from './json-keys.ts';

/** DuckDB's own limit of a record, less what may stand around it. */
const RECORD_BYTES = 16_777_216 - 1_024;

/** What DuckDB reads of a file. */
export interface JsonSource {
  path: string;
  gzip: boolean;
  /** Each record is an object, and its keys are columns. */
  records: boolean;
  /** Objects inside of a record stay JSON. */
  flat: boolean;
  /** Bytes of the longest record. */
  longest: number;
}

export type JsonColumns = { name: string; type: DuckDBType }[];

/** The relation of a file of JSON, with the types that DuckDB finds, or `columns`. */
export function jsonTable({ path, gzip, records, flat, longest }: JsonSource, columns?: string): string {
  const options = [
    'sample_size = -1',
    `maximum_depth = ${flat ? 1 : -1}`,
    'convert_strings_to_integers = false',
    'map_inference_threshold = -1',
    'field_appearance_threshold = 0',
    'ignore_errors = false',
    'hive_partitioning = false',
    'union_by_name = false',
    `records = '${records}'`,
    `compression = ${gzip ? "'gzip'" : "'uncompressed'"}`,
    ...(longest >= RECORD_BYTES ? [`maximum_object_size = ${longest + 1_024}`] : []),
    ...(columns === undefined ? [] : [`columns = {${columns}}`]),
  ];
  return `read_json(${literal(path)}, ${options.join(', ')})`;
}

/** The columns that DuckDB finds. Throws QueryError where the file is no JSON. */
export async function detect(connection: DuckDBConnection, file: InputFile, source: JsonSource): Promise<JsonColumns> {
  const flat = () => describe(connection, jsonTable({ ...source, flat: true }));
  try {
    const types = await describe(connection, jsonTable(source));
    return types.some(({ type }) => holdsUnnamed(type)) ? await flat() : types;
  } catch (error) {
    // Objects whose keys differ only in case are no STRUCT, and stay JSON.
    if (!/Duplicate name/.test(String(error))) throw await notJson(file, error);
    return flat();
  }
}

/** Fields without a name have no place in a STRUCT. */
const holdsUnnamed = (type: DuckDBType) => anyPart(type, (part) => isStruct(part) && part.entryNames.includes(''));

async function describe(connection: DuckDBConnection, from: string): Promise<JsonColumns> {
  const statement = await connection.prepare(`FROM ${from}`);
  return Array.from({ length: statement.columnCount }, (_, index) => ({
    name: statement.columnName(index),
    type: statement.columnType(index),
  }));
}

/** The paths of values that DuckDB reads as doubles, as JSON. */
export function doublePaths(columns: JsonColumns): Set<string> {
  const paths = new Set<string>();
  const walk = (type: DuckDBType, path: readonly string[]) => {
    if (type.typeId === DuckDBTypeId.DOUBLE) paths.add(JSON.stringify(path));
    if (isList(type)) walk(type.valueType, [...path, ITEM]);
    if (isStruct(type))
      for (const [index, name] of type.entryNames.entries()) walk(type.entryTypes[index] ?? type, [...path, name]);
  };
  for (const { name, type } of columns) walk(type, [name]);
  return paths;
}
