import {
  type DuckDBArrayType,
  type DuckDBEnumType,
  type DuckDBListType,
  type DuckDBMapType,
  type DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionType,
} from '@duckdb/node-api';
import { identifier, literal } from '../sql-text.ts';

/**
 * The name of a type, as SQL takes it: every part of it, since DuckDB's own text forgets that a nested text is JSON.
 * `leaf` may name another type in place of one that has no parts.
 */
export function typeSql(type: DuckDBType, leaf: (type: DuckDBType) => string | undefined = () => undefined): string {
  const of = (inner: DuckDBType) => typeSql(inner, leaf);
  const fields = (names: readonly string[], types: readonly DuckDBType[]) =>
    types.map((inner, index) => `${identifier(names[index] ?? '')} ${of(inner)}`.replace(/^"" /, '')).join(', ');
  if (isList(type)) return `${of(type.valueType)}[]`;
  if (isArray(type)) return `${of(type.valueType)}[${type.length}]`;
  if (isStruct(type)) return `STRUCT(${fields(type.entryNames, type.entryTypes)})`;
  if (isMap(type)) return `MAP(${of(type.keyType)}, ${of(type.valueType)})`;
  if (isUnion(type)) return `UNION(${fields(type.memberTags, type.memberTypes)})`;
  return leaf(type) ?? leafSql(type);
}

function leafSql(type: DuckDBType): string {
  if (isEnum(type)) return `ENUM(${type.values.map(literal).join(', ')})`;
  return isJson(type) ? 'JSON' : String(type);
}

/** The types directly inside of a type. */
export function innerTypes(type: DuckDBType): readonly DuckDBType[] {
  if (isList(type) || isArray(type)) return [type.valueType];
  if (isStruct(type)) return type.entryTypes;
  if (isMap(type)) return [type.keyType, type.valueType];
  return isUnion(type) ? type.memberTypes : [];
}

/** Whether `test` holds for the type or any part of it. */
export function anyPart(type: DuckDBType, test: (part: DuckDBType) => boolean): boolean {
  return test(type) || innerTypes(type).some((inner) => anyPart(inner, test));
}

// The id of a type says which class it is of.
export const isList = (type: DuckDBType): type is DuckDBListType => type.typeId === DuckDBTypeId.LIST;
export const isArray = (type: DuckDBType): type is DuckDBArrayType => type.typeId === DuckDBTypeId.ARRAY;
export const isStruct = (type: DuckDBType): type is DuckDBStructType => type.typeId === DuckDBTypeId.STRUCT;
export const isMap = (type: DuckDBType): type is DuckDBMapType => type.typeId === DuckDBTypeId.MAP;
export const isUnion = (type: DuckDBType): type is DuckDBUnionType => type.typeId === DuckDBTypeId.UNION;
const isEnum = (type: DuckDBType): type is DuckDBEnumType => type.typeId === DuckDBTypeId.ENUM;
export const isJson = (type: DuckDBType): boolean => type.typeId === DuckDBTypeId.VARCHAR && type.alias === 'JSON';
