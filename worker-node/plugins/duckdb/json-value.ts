import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  type Json,
  JsonDuckDBValueConverter,
} from '@duckdb/node-api';

/**
 * DuckDB values as JSON without loss: integers and decimals are numbers while a double holds them exactly, else
 * strings; times are ISO 8601 (`…Z` where the type has a zone); blobs are base64; JSON columns are what they hold;
 * NaN and infinities are strings; maps are lists of `{key, value}`.
 */
export const toJson: DuckDBValueConverter<Json> = (value, type, converter) => {
  if (value === null) return null;
  switch (type.typeId) {
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
      return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case DuckDBTypeId.DECIMAL:
      return value instanceof DuckDBDecimalValue ? fromDecimal(value) : String(value);
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
      return String(value).replace(' ', 'T');
    case DuckDBTypeId.TIMESTAMP_TZ:
      // The process runs in UTC, so DuckDB always writes +00.
      return String(value).replace(' ', 'T').replace(/\+00$/, 'Z');
    case DuckDBTypeId.BLOB:
      return value instanceof DuckDBBlobValue ? Buffer.from(value.bytes).toString('base64') : String(value);
    default:
      return isJson(type) ? fromJsonText(value) : JsonDuckDBValueConverter(value, type, converter);
  }
};

/** Every decimal of up to this many digits survives the way through a double. */
const EXACT_DIGITS = 15;

function fromDecimal(value: DuckDBDecimalValue): Json {
  const digits = String(value.value < 0n ? -value.value : value.value).length;
  return digits <= EXACT_DIGITS ? Number(String(value)) : String(value);
}

function isJson(type: DuckDBType): boolean {
  return type.typeId === DuckDBTypeId.VARCHAR && type.alias === 'JSON';
}

function fromJsonText(value: DuckDBValue): Json {
  return JSON.parse(String(value)) as Json;
}
