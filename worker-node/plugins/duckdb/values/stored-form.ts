import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { OutputFormat } from '../protocol.ts';
import { identifier, literal } from '../sql-text.ts';
import { fromIntervalParts, fromText, intervalParts, toText } from './leaf-sql.ts';
import { decodeJson, encodeJson } from './nested-json.ts';
import { anyPart, innerTypes, isArray, isList, isMap, isStruct, isUnion, typeSql } from './type-sql.ts';

/*
 * How each type is kept in a file so that reading the file gives the same values again: what a format carries as it is, is
 * written as it is; anything else as text or a structure that is cast back. The type itself is kept beside the file.
 */

/** Parquet makes another value of these, fails on some, or calls them something else. */
const TEXT_IN_PARQUET = new Set([
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.BIGNUM,
  DuckDBTypeId.BIT,
  DuckDBTypeId.ENUM,
  DuckDBTypeId.TIME_TZ,
  DuckDBTypeId.TIMESTAMP_S,
]);

/** Why no file can hold a type so that it is read back as it was; undefined when files can. */
export function unstorable(type: DuckDBType): string | undefined {
  const is = (...ids: DuckDBTypeId[]) => anyPart(type, (part) => ids.includes(part.typeId));
  if (is(DuckDBTypeId.VARIANT)) return 'cast it to JSON or to the type that its values have';
  if (is(DuckDBTypeId.GEOMETRY)) return 'cast it to VARCHAR, which gives its text';
  if (anyPart(type, (part) => isStruct(part) && part.entryNames.includes('')))
    return 'give the fields of the struct names';
  return undefined;
}

/** What is written for `expr`, a column of this type. Formats of text take the values by themselves. */
export function encode(format: OutputFormat, type: DuckDBType, expr: string): string {
  switch (format) {
    case 'parquet':
      return toParquet(type, expr);
    case 'csv':
      return isNested(type)
        ? `CASE WHEN ${expr} IS NOT NULL THEN CAST(to_json(${encodeJson(type, expr)}) AS VARCHAR) END`
        : toText(type, expr);
    case 'json':
      return expr;
  }
}

/** The column of this type again. `expr` is what the file holds: in json a value of the type JSON, in csv a text. */
export function decode(format: OutputFormat, type: DuckDBType, expr: string): string {
  switch (format) {
    case 'parquet':
      return fromParquet(type, expr);
    case 'csv':
      return isNested(type) ? decodeJson(type, `CAST(${expr} AS JSON)`, 'csv') : fromText(type, expr);
    case 'json':
      return decodeJson(type, expr, 'json');
  }
}

/** Whether a cell of CSV holds JSON. */
export function isNested(type: DuckDBType): boolean {
  return innerTypes(type).length > 0 || type.typeId === DuckDBTypeId.INTERVAL;
}

function toParquet(type: DuckDBType, expr: string): string {
  const item = 'e';
  if (TEXT_IN_PARQUET.has(type.typeId)) return `CAST(${expr} AS VARCHAR)`;
  if (type.typeId === DuckDBTypeId.INTERVAL) return intervalParts(expr);
  if (!anyPart(type, (part) => isSpecial(part))) return expr;
  if (isList(type) || isArray(type))
    return `list_transform(CAST(${expr} AS ${typeSql(type.valueType)}[]), lambda ${item}: ${toParquet(type.valueType, item)})`;
  if (isStruct(type)) {
    const fields = type.entryTypes.map((inner, index) => {
      const name = identifier(type.entryNames[index] ?? '');
      return `${name} := ${toParquet(inner, `struct_extract(${expr}, ${literal(type.entryNames[index] ?? '')})`)}`;
    });
    return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
  }
  if (isMap(type)) {
    const key = toParquet(type.keyType, 'e.key');
    const value = toParquet(type.valueType, 'e.value');
    return `list_transform(map_entries(${expr}), lambda e: struct_pack("key" := ${key}, "value" := ${value}))`;
  }
  if (isUnion(type)) {
    const members = type.memberTypes.map((inner, index) => {
      const tag = type.memberTags[index] ?? '';
      return `${identifier(`m${index}`)} := ${toParquet(inner, `union_extract(${expr}, ${literal(tag)})`)}`;
    });
    return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack("tag" := CAST(union_tag(${expr}) AS VARCHAR), ${members.join(', ')}) END`;
  }
  return expr;
}

function fromParquet(type: DuckDBType, expr: string): string {
  if (type.typeId === DuckDBTypeId.INTERVAL) return fromIntervalParts((part) => `struct_extract(${expr}, '${part}')`);
  if (
    !anyPart(
      type,
      (part) => isUnion(part) || part.typeId === DuckDBTypeId.INTERVAL || (isMap(part) && isSpecialMap(part)),
    )
  )
    return `CAST(${expr} AS ${typeSql(type)})`;
  if (isList(type) || isArray(type))
    return `CAST(list_transform(${expr}, lambda e: ${fromParquet(type.valueType, 'e')}) AS ${typeSql(type)})`;
  if (isStruct(type)) {
    const fields = type.entryTypes.map((inner, index) => {
      const name = type.entryNames[index] ?? '';
      return `${identifier(name)} := ${fromParquet(inner, `struct_extract(${expr}, ${literal(name)})`)}`;
    });
    return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
  }
  if (isMap(type)) {
    const key = fromParquet(type.keyType, 'e.key');
    const value = fromParquet(type.valueType, 'e.value');
    return `map_from_entries(list_transform(${expr}, lambda e: struct_pack(k := ${key}, v := ${value})))`;
  }
  if (isUnion(type)) {
    const cases = type.memberTypes.map((inner, index) => {
      const tag = type.memberTags[index] ?? '';
      const member = fromParquet(inner, `struct_extract(${expr}, 'm${index}')`);
      return `WHEN ${literal(tag)} THEN CAST(union_value(${identifier(tag)} := ${member}) AS ${typeSql(type)})`;
    });
    return `CASE struct_extract(${expr}, 'tag') ${cases.join(' ')} END`;
  }
  return expr;
}

function isSpecial(part: DuckDBType): boolean {
  return TEXT_IN_PARQUET.has(part.typeId) || part.typeId === DuckDBTypeId.INTERVAL || isUnion(part);
}

/** A map whose entries are written as a list of them. */
function isSpecialMap(type: DuckDBType): boolean {
  return anyPart(type, isSpecial);
}
