import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { DuckDBConnection } from '@duckdb/node-api';
import { asyncBufferFromFile, type Compressors, parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { InputFile } from '../protocol.ts';
import { literal } from '../sql-text.ts';
import { badInput } from './text-file.ts';

/** DuckDB's decimals have no more digits; it reads longer ones as other numbers. */
const DECIMAL_DIGITS = 38;

/** Besides Snappy, which the reader has itself. */
const COMPRESSORS: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  BROTLI: (bytes) => brotliDecompressSync(bytes),
};

interface Leaf {
  /** Name of the column that it is a part of. */
  column: string;
  type: string;
  precision: number;
  logicalType: string;
}

/**
 * Throws QueryError INVALID_INPUT for values that DuckDB reads as others: decimals of more digits than it has, and the
 * nanoseconds of times that it counts in microseconds (those with a zone, and INT96).
 */
export async function assertPrecision(connection: DuckDBConnection, file: InputFile): Promise<void> {
  const leaves = await leavesOf(connection, file);
  const long = leaves.find(({ precision }) => precision > DECIMAL_DIGITS);
  if (long !== undefined)
    throw badInput(
      file,
      `column "${long.column}" holds decimals of ${long.precision} digits, and DuckDB has ${DECIMAL_DIGITS}: store them as text, or with fewer digits`,
    );
  const timed = new Set(leaves.filter(losesNanoseconds).map(({ column }) => column));
  for (const column of timed) await assertMicroseconds(file, column);
}

function losesNanoseconds({ type, logicalType }: Leaf): boolean {
  return type === 'INT96' || /^TimestampType\(isAdjustedToUTC=1,.*NANOS=NanoSeconds/.test(logicalType);
}

/** The first column of the schema is the file itself; each is followed by its children. */
async function leavesOf(connection: DuckDBConnection, file: InputFile): Promise<Leaf[]> {
  const found = await connection.runAndReadAll(
    `SELECT name, coalesce(num_children, 0), type, coalesce(precision, 0), logical_type FROM parquet_schema(${literal(file.path)})`,
  );
  const leaves: Leaf[] = [];
  /** How many children are still to come, at each level, and the column that they belong to. */
  const open: { left: number; column: string | undefined }[] = [];
  for (const [name, children, type, precision, logicalType] of found.getRows()) {
    while (open.at(-1)?.left === 0) open.pop();
    const parent = open.at(-1);
    if (parent) parent.left -= 1;
    const column = parent && (parent.column ?? String(name));
    if (Number(children) > 0) open.push({ left: Number(children), column });
    else if (column !== undefined)
      leaves.push({ column, type: String(type), precision: Number(precision), logicalType: String(logicalType) });
  }
  return leaves;
}

/** Thrown out of the reader by a time that has nanoseconds. */
class Nanoseconds extends Error {}

async function assertMicroseconds(file: InputFile, column: string): Promise<void> {
  const timestampFromNanoseconds = (nanoseconds: bigint | undefined) => {
    if (nanoseconds !== undefined && nanoseconds % 1_000n !== 0n) throw new Nanoseconds(String(nanoseconds));
  };
  try {
    const buffer = await asyncBufferFromFile(file.path);
    await parquetRead({
      file: buffer,
      // Its statistics are of all columns, and would go through the parser too.
      metadata: await parquetMetadataAsync(buffer),
      columns: [column],
      compressors: COMPRESSORS,
      parsers: { timestampFromNanoseconds },
    });
  } catch (error) {
    const remedy = 'store it in microseconds, or in nanoseconds without a zone';
    if (error instanceof Nanoseconds)
      throw badInput(
        file,
        `column "${column}" holds the time ${error.message} ns after 1970, and DuckDB keeps microseconds of such a time: ${remedy}`,
        error,
      );
    const why = error instanceof Error ? error.message : String(error);
    throw badInput(
      file,
      `whether the times of column "${column}" lose nanoseconds cannot be seen (${why}): ${remedy}`,
      error,
    );
  }
}
