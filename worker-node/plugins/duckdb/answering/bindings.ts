import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBPreparedStatement,
  type DuckDBStructType,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  LIST,
  listValue,
  SQLNULL,
  STRUCT,
  structValue,
  VARCHAR,
} from '@duckdb/node-api';
import { z } from 'zod';
import { isWrittenAsInteger } from '../../../../shared/domain/exact-number.ts';
import { isWellFormed } from '../../../../shared/domain/well-formed.ts';
import { JsonValue } from '../../../../shared/schemas/json.ts';
import { QueryError } from '../query-error.ts';
import { isList, isStruct } from '../values/type-sql.ts';

export const Bindings = z
  .union([z.array(JsonValue).max(1_000), z.record(z.string().min(1).max(200), JsonValue)])
  .describe(
    'Values for the parameters of the SQL: an object for `$name`, a list for `?` and `$1`. Integers are BIGINT, beyond it HUGEINT, other numbers DOUBLE, text VARCHAR, lists LIST, objects STRUCT. Default none.',
  );
export type Bindings = z.infer<typeof Bindings>;

type Bound = { value: DuckDBValue; type: DuckDBType };

/** The bindings of one query, and which of them a statement has taken. */
export class BindingSet {
  readonly #bindings: Bindings;
  readonly #taken = new Set<string>();
  #listPlace: number | undefined;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /**
   * Gives a statement the values of its parameters. `place` tells it from the other statements of the SQL. Throws QueryError
   * INVALID_BINDING for a parameter without a value.
   */
  bind(statement: DuckDBPreparedStatement, place: number): void {
    const names = Array.from({ length: statement.parameterCount }, (_, index) => statement.parameterName(index + 1));
    if (names.length === 0) return;
    this.#assertOneList(place);
    for (const [index, name] of names.entries()) {
      const { value, type } = this.#take(name);
      statement.bindValue(index + 1, value, type);
    }
  }

  /** Throws QueryError INVALID_BINDING when a binding has no parameter in any statement. */
  assertAllTaken(): void {
    const unused = Object.keys(this.#bindings).filter((key) => !this.#taken.has(key.toLowerCase()));
    if (unused.length === 0) return;
    if (Array.isArray(this.#bindings))
      throw invalid(`bindings: ${this.#bindings.length} values are given, but the SQL takes ${this.#taken.size}`);
    throw invalid(`bindings.${unused[0]}: the SQL has no parameter $${unused[0]}`);
  }

  #take(name: string): Bound {
    const bindings = this.#bindings;
    if (Array.isArray(bindings)) {
      if (!/^\d+$/.test(name)) throw invalid(`the SQL takes $${name}: give \`bindings\` as an object with "${name}"`);
      const index = Number(name) - 1;
      if (index >= bindings.length)
        throw invalid(`the SQL takes a value ${name}, but bindings holds ${bindings.length}`);
      this.#taken.add(String(index));
      return toBound(bindings[index] ?? null, `bindings[${index}]`);
    }
    // DuckDB does not tell $Day from $day.
    const keys = Object.keys(bindings).filter((key) => key.toLowerCase() === name.toLowerCase());
    const [key] = keys;
    if (keys.length > 1) throw invalid(`bindings: "${keys.join('" and "')}" are one name to DuckDB`);
    if (key === undefined) {
      const how = /^\d+$/.test(name) ? '`?` takes `bindings` as a list' : `give it in \`bindings\` as "${name}"`;
      throw invalid(`the parameter $${name} of the SQL has no value: ${how}`);
    }
    this.#taken.add(key.toLowerCase());
    return toBound(bindings[key] ?? null, `bindings.${key}`);
  }

  /** `?` is counted from 1 in each statement, so that a list would give two statements the same values. */
  #assertOneList(place: number): void {
    if (!Array.isArray(this.#bindings)) return;
    this.#listPlace ??= place;
    if (this.#listPlace !== place)
      throw invalid('a list of bindings is for one statement, and several have parameters: use $name');
  }
}

/** JSON as a value of DuckDB. Lists hold one type: integers become DOUBLE beside other numbers. */
function toBound(value: JsonValue, path: string): Bound {
  const type = typeOf(value, path);
  return { value: convert(value, type), type };
}

function typeOf(value: JsonValue, path: string): DuckDBType {
  switch (typeof value) {
    case 'boolean':
      return BOOLEAN;
    case 'string':
      if (!isWellFormed(value)) throw invalid(`${path} holds half of a character`);
      return VARCHAR;
    case 'number':
      return isWrittenAsInteger(value) ? (isBigint(value) ? BIGINT : HUGEINT) : DOUBLE;
    case 'object':
      break;
    default:
      throw invalid(`${path} is no JSON value`);
  }
  if (value === null) return SQLNULL;
  if (Array.isArray(value)) {
    const types = value.map((item, index) => typeOf(item, `${path}[${index}]`));
    return LIST(types.reduce((one, other, index) => common(one, other, `${path}[${index}]`), SQLNULL as DuckDBType));
  }
  const names = Object.keys(value);
  if (names.length === 0) throw invalid(`${path} is an empty object, and a STRUCT has at least one field`);
  return STRUCT(Object.fromEntries(names.map((name) => [name, typeOf(value[name] ?? null, `${path}.${name}`)])));
}

/** Each holds the values of those before it, so far as JSON has them. */
const NUMBERS: readonly DuckDBType[] = [BIGINT, HUGEINT, DOUBLE];

const isBigint = (value: number): boolean => value >= -(2 ** 63) && value < 2 ** 63;

/** JSON objects have no order of their keys. */
function hasSameNames(one: DuckDBStructType, other: DuckDBStructType): boolean {
  return (
    one.entryNames.length === other.entryNames.length && one.entryNames.every((name) => other.entryNames.includes(name))
  );
}

/** The type that holds values of both. */
function common(one: DuckDBType, other: DuckDBType, path: string): DuckDBType {
  if (one.typeId === SQLNULL.typeId || String(one) === String(other)) return other;
  if (other.typeId === SQLNULL.typeId) return one;
  const [lower, higher] = [one, other].map((type) => NUMBERS.findIndex(({ typeId }) => typeId === type.typeId)).sort();
  if (lower !== undefined && higher !== undefined && lower >= 0) return NUMBERS[higher] ?? DOUBLE;
  if (isList(one) && isList(other)) return LIST(common(one.valueType, other.valueType, path));
  if (isStruct(one) && isStruct(other) && hasSameNames(one, other)) {
    const inOther = (name: string) => other.entryTypes[other.entryNames.indexOf(name)] ?? SQLNULL;
    const types = one.entryTypes.map((type, index) => common(type, inOther(one.entryNames[index] ?? ''), path));
    return STRUCT(Object.fromEntries(one.entryNames.map((name, index) => [name, types[index] ?? SQLNULL])));
  }
  throw invalid(`${path} is ${other}, but the items before it are ${one}: a list holds one type`);
}

function convert(value: JsonValue, type: DuckDBType): DuckDBValue {
  if (value === null) return null;
  if (typeof value === 'number') return type.typeId === DOUBLE.typeId ? value : BigInt(value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const inner = 'valueType' in type ? type.valueType : SQLNULL;
    return listValue(value.map((item) => convert(item, inner)));
  }
  if (!isStruct(type)) return null;
  return structValue(
    Object.fromEntries(
      type.entryNames.map((name, index) => [name, convert(value[name] ?? null, type.entryTypes[index] ?? SQLNULL)]),
    ),
  );
}

function invalid(message: string): QueryError {
  return new QueryError({ type: 'Binding', code: 'INVALID_BINDING', message });
}
