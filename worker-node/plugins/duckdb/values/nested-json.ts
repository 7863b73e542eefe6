import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { identifier, literal } from '../sql-text.ts';
import { fromIntervalParts, fromText, intervalParts, toText } from './leaf-sql.ts';
import { isArray, isJson, isList, isMap, isStruct, isUnion, typeSql } from './type-sql.ts';

const SMALL_INTEGERS = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
]);

/** A value as structures that `to_json` writes without loss: lists, objects, lists of `{key, value}`, small numbers and text. */
export function encodeJson(type: DuckDBType, expr: string): string {
  if (isList(type) || isArray(type))
    return `list_transform(CAST(${expr} AS ${typeSql(type.valueType)}[]), lambda e: ${encodeJson(type.valueType, 'e')})`;
  if (isStruct(type)) {
    const fields = type.entryTypes.map((inner, index) => {
      const name = type.entryNames[index] ?? '';
      return `${identifier(name)} := ${encodeJson(inner, `struct_extract(${expr}, ${literal(name)})`)}`;
    });
    return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
  }
  if (isMap(type)) {
    const entry = `"key" := ${encodeJson(type.keyType, 'e.key')}, "value" := ${encodeJson(type.valueType, 'e.value')}`;
    return `list_transform(map_entries(${expr}), lambda e: struct_pack(${entry}))`;
  }
  if (isUnion(type)) {
    const cases = type.memberTypes.map((inner, index) => {
      const tag = literal(type.memberTags[index] ?? '');
      return `WHEN ${tag} THEN to_json(${encodeJson(inner, `union_extract(${expr}, ${tag})`)})`;
    });
    const tag = `CAST(union_tag(${expr}) AS VARCHAR)`;
    return `CASE WHEN ${expr} IS NOT NULL THEN struct_pack("tag" := ${tag}, "value" := CASE ${tag} ${cases.join(' ')} END) END`;
  }
  if (type.typeId === DuckDBTypeId.INTERVAL) return intervalParts(expr);
  if (type.typeId === DuckDBTypeId.BLOB) return `to_base64(${expr})`;
  return SMALL_INTEGERS.has(type.typeId) ? expr : toText(type, expr);
}

/**
 * The value of this type that `json`, an expression of the type JSON, stands for. In the answers' own form (`json`) a JSON
 * column is what it holds; in a cell of CSV it is the text of it.
 */
export function decodeJson(type: DuckDBType, json: string, form: 'json' | 'csv'): string {
  const items = `CAST(${json} AS JSON[])`;
  const inner = (innerType: DuckDBType, expr: string) => decodeJson(innerType, expr, form);
  const text = `json_extract_string(${json}, '$')`;
  if (isList(type)) return `list_transform(${items}, lambda e: ${inner(type.valueType, 'e')})`;
  if (isArray(type))
    return `CAST(list_transform(${items}, lambda e: ${inner(type.valueType, 'e')}) AS ${typeSql(type)})`;
  if (isStruct(type)) {
    const fields = type.entryTypes.map((innerType, index) => {
      const name = type.entryNames[index] ?? '';
      return `${identifier(name)} := ${inner(innerType, `json_extract(${json}, ${literal(pointer(name))})`)}`;
    });
    return `CASE WHEN json_type(${json}) = 'OBJECT' THEN struct_pack(${fields.join(', ')}) END`;
  }
  if (isMap(type)) {
    const entry = `k := ${inner(type.keyType, `json_extract(e, '/key')`)}, v := ${inner(type.valueType, `json_extract(e, '/value')`)}`;
    return `CAST(map_from_entries(list_transform(${items}, lambda e: struct_pack(${entry}))) AS ${typeSql(type)})`;
  }
  if (isUnion(type)) {
    const cases = type.memberTypes.map((innerType, index) => {
      const tag = type.memberTags[index] ?? '';
      const member = inner(innerType, `json_extract(${json}, '/value')`);
      return `WHEN ${literal(tag)} THEN CAST(union_value(${identifier(tag)} := ${member}) AS ${typeSql(type)})`;
    });
    return `CASE json_extract_string(${json}, '/tag') ${cases.join(' ')} END`;
  }
  if (type.typeId === DuckDBTypeId.INTERVAL)
    return fromIntervalParts((part) => `json_extract_string(${json}, '/${part}')`);
  if (type.typeId === DuckDBTypeId.BLOB) return `from_base64(${text})`;
  if (isJson(type)) return form === 'json' ? `CASE WHEN ${text} IS NOT NULL THEN ${json} END` : `CAST(${text} AS JSON)`;
  return fromText(type, text);
}

/** Path of a field by JSON Pointer, in which every name can be written. */
function pointer(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
