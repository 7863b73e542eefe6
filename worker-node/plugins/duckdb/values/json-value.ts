import {
  type DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBGeometryValue,
  DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBMapValue,
  type DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBUnionValue,
  type DuckDBValue,
  DuckDBVariantValue,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';
import type { JsonValue } from '../../../../shared/schemas/json.ts';
import { QueryError } from '../query-error.ts';
import { parseJsonText } from './json-text.ts';
import { isArray, isJson, isList, isMap, isStruct, isUnion } from './type-sql.ts';

/** Every decimal of up to this many digits survives the way through a double. */
const EXACT_DIGITS = 15;
const INFINITE_DAYS = 2_147_483_647;
const INFINITE = 9_223_372_036_854_775_807n;

function toJson(value: DuckDBValue | undefined, type: DuckDBType, onChange?: () => void): JsonValue {
  if (value === null || value === undefined) return null;
  const of = (inner: DuckDBValue | undefined, innerType: DuckDBType) => toJson(inner, innerType, onChange);
  // The type says which class the value is of.
  if (isList(type)) return (value as DuckDBListValue).items.map((item) => of(item, type.valueType));
  if (isArray(type)) return (value as DuckDBArrayValue).items.map((item) => of(item, type.valueType));
  if (isStruct(type)) {
    const { entries } = value as DuckDBStructValue;
    return Object.fromEntries(
      type.entryNames.map((name, index) => [name, of(fieldOf(entries, name), type.entryTypes[index] ?? type)]),
    );
  }
  if (isMap(type)) {
    const { entries } = value as DuckDBMapValue;
    return entries.map((entry) => ({ key: of(entry.key, type.keyType), value: of(entry.value, type.valueType) }));
  }
  if (isUnion(type)) {
    const { tag, value: member } = value as DuckDBUnionValue;
    return { tag, value: of(member, type.memberTypes[type.memberTags.indexOf(tag)] ?? type) };
  }
  if (isJson(type)) return fromJsonColumn(String(value), onChange);
  return fromLeaf(value, type);
}

/**
 * A value of a column as JSON without loss, by the table of docs/plugins/duckdb.md: integers and decimals are numbers while a
 * number holds them exactly, else text; times are ISO 8601 (`…Z` where the type has a zone); blobs are base64; JSON columns
 * are what they hold; NaN and infinities are text; maps are lists of `{key, value}`. `onChange` is called for a JSON column
 * whose value has no such form of its own: a number became text, or a JSON null can't be told from NULL. Throws QueryError
 * UNSUPPORTED_TYPE, with the name of the column, for a value that has no form in JSON.
 */
export function columnToJson(
  value: DuckDBValue | undefined,
  { name, type }: { name: string; type: DuckDBType },
  onChange?: () => void,
): JsonValue {
  try {
    return toJson(value, type, onChange);
  } catch (error) {
    const why = error instanceof RangeError ? 'a value is nested too deeply' : String((error as Error).message);
    const message = `column "${name}": ${why}; cast the column to VARCHAR`;
    throw new QueryError({ type: 'Unsupported', code: 'UNSUPPORTED_TYPE', message }, { cause: error });
  }
}

function fromJsonColumn(text: string, onChange: (() => void) | undefined): JsonValue {
  const { value, changed } = parseJsonText(text);
  if (changed || value === null) onChange?.();
  return value;
}

/** The binding keeps the fields of a struct in an object, which has no place for this one. */
function fieldOf(entries: Readonly<Record<string, DuckDBValue>>, name: string): DuckDBValue | undefined {
  if (name === '__proto__') throw new Error('a struct has a field "__proto__", which JSON readers lose: rename it');
  return entries[name];
}

function fromLeaf(value: DuckDBValue, type: DuckDBType): JsonValue {
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return typeof value === 'bigint' ? fromInteger(value) : String(value);
    case DuckDBTypeId.INTERVAL:
      return value instanceof DuckDBIntervalValue ? fromInterval(value) : String(value);
    case DuckDBTypeId.DECIMAL:
      return value instanceof DuckDBDecimalValue ? fromDecimal(value) : String(value);
    case DuckDBTypeId.DATE:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return fromTime(value);
    case DuckDBTypeId.BLOB:
      return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('base64') : String(value);
    case DuckDBTypeId.GEOMETRY:
      return value instanceof DuckDBGeometryValue ? Buffer.from(value.bytes).toString('base64') : String(value);
    case DuckDBTypeId.VARIANT:
      return value instanceof DuckDBVariantValue ? fromVariant(value) : String(value);
    default:
      return JsonDuckDBValueConverter(value, type, JsonDuckDBValueConverter);
  }
}

function fromVariant({ value, type }: DuckDBVariantValue): JsonValue {
  return type === undefined ? String(value) : toJson(value, type);
}

function fromInteger(value: bigint): JsonValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function fromInterval({ months, days, micros }: DuckDBIntervalValue): JsonValue {
  return { months, days, micros: fromInteger(micros) };
}

function fromDecimal(value: DuckDBDecimalValue): JsonValue {
  const digits = String(value.value < 0n ? -value.value : value.value).length;
  return digits <= EXACT_DIGITS ? Number(String(value)) : String(value);
}

/** ISO 8601; years outside 0001 to 9999 as DuckDB writes them. The process runs in UTC, so DuckDB's zone is always +00. */
function fromTime(value: DuckDBValue): string {
  return (
    infinity(value) ??
    String(value)
      .replace(/ (?=\d\d:)/, 'T')
      .replace(/\+00$/, 'Z')
  );
}

/** The binding writes the infinities of these types as a day. */
function infinity(value: DuckDBValue): string | undefined {
  const ticks = ticksOf(value);
  if (ticks === undefined) return undefined;
  return ticks > 0n ? 'infinity' : '-infinity';
}

function ticksOf(value: DuckDBValue): bigint | undefined {
  if (value instanceof DuckDBDateValue) return Math.abs(value.days) === INFINITE_DAYS ? BigInt(value.days) : undefined;
  const ticks =
    value instanceof DuckDBTimestampSecondsValue
      ? value.seconds
      : value instanceof DuckDBTimestampMillisecondsValue
        ? value.millis
        : value instanceof DuckDBTimestampNanosecondsValue
          ? value.nanos
          : 0n;
  return ticks === INFINITE || ticks === -INFINITE ? ticks : undefined;
}
