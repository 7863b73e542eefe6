import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import type { Measurement } from '../usage-report.ts';
import type { Bindings } from './answering/bindings.ts';
import type { InputFormat, InputOptions } from './reading/input-options.ts';

/** What the worker asks of the DuckDB process: one request per process. */
export interface QueryRequest {
  sql: string;
  bindings: Bindings;
  inputs: InputFile[];
  /** Folder that the query may write to, and that DuckDB spills to. */
  workdir: string;
  memoryLimit: string;
  threads: number;
  /** Where the last statement's rows go: into a file below `workdir`, or into the answer. */
  target: { file: string; format: OutputFormat } | { maxRows: number };
}

/** A file that the SQL reads as the view `name`. */
export interface InputFile {
  name: string;
  /** As the user names the file. */
  source: string;
  path: string;
  format: InputFormat;
  /** Its name says that it is compressed. */
  gzip: boolean;
  options: InputOptions;
  /** The columns that this plugin wrote into the file; null for any other file. */
  stored: StoredColumn[] | null;
}

export type OutputFormat = 'parquet' | 'csv' | 'json';

/** `type` is DuckDB's name of it, such as DECIMAL(12,2). A type alias, so that it counts as JSON. */
export type QueryColumn = { name: string; type: string };

/** A column of a stored file. `changed`: its JSON values can't be read back as they were. */
export type StoredColumn = QueryColumn & { changed?: true };

/** Lines of which an answer tells the numbers. */
export const LINES_TOLD = 100;

/** Rows of an input that were left out, since its options say so. */
export type SkippedLines = { input: string; count: number; lines: number[] };

export interface QueryAnswer {
  columns: QueryColumn[];
  /** Rows of the last statement; all of them, also when `rows` holds fewer. */
  rowCount: number;
  /** Absent when the rows went to a file. */
  rows?: { [column: string]: JsonValue }[];
  /** What is kept beside the file. */
  about?: JsonObject;
  skipped: SkippedLines[];
}

export interface QueryFailure {
  /** DuckDB's kind of error: Parser, Binder, Catalog, Conversion, Permission, Out of Memory, … */
  type: string;
  message: string;
  /** Set where the failure is not DuckDB's: the error's code. Such a failure is final. */
  code?: 'INVALID_INPUT' | 'INVALID_BINDING' | 'UNSUPPORTED_TYPE';
  /** Where in the SQL, from 1. */
  at?: { line: number; column: number };
}

export type QueryMessage = { usage: Measurement } & (
  | { kind: 'tick'; percentage: number | null }
  | { kind: 'answer'; answer: QueryAnswer }
  | { kind: 'failure'; failure: QueryFailure }
);
