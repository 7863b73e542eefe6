import type { JsonValue } from '../../../shared/schemas/json.ts';
import type { Measurement } from '../usage-report.ts';

/** What the worker asks of the DuckDB process: one request per process. */
export interface QueryRequest {
  sql: string;
  views: { name: string; reader: 'read_csv' | 'read_parquet' | 'read_json'; path: string }[];
  /** Folder that the query may write to, and that DuckDB spills to. */
  workdir: string;
  memoryLimit: string;
  threads: number;
  /** Where the last statement's rows go: into a file below `workdir`, or into the answer. */
  target: { file: string; format: OutputFormat } | { maxRows: number };
}

export type OutputFormat = 'parquet' | 'csv' | 'json';

/** `type` is DuckDB's name of it, such as DECIMAL(12,2). A type alias, so that it counts as JSON. */
export type QueryColumn = { name: string; type: string };

export interface QueryAnswer {
  columns: QueryColumn[];
  /** Rows of the last statement; all of them, also when `rows` holds fewer. */
  rowCount: number;
  /** Absent when the rows went to a file. */
  rows?: { [column: string]: JsonValue }[];
}

export interface QueryFailure {
  /** DuckDB's kind of error: Parser, Binder, Catalog, Conversion, Permission, Out of Memory, … */
  type: string;
  message: string;
  /** Where in the SQL, from 1. */
  at?: { line: number; column: number };
}

export type QueryMessage = { usage: Measurement } & (
  | { kind: 'tick'; percentage: number | null }
  | { kind: 'answer'; answer: QueryAnswer }
  | { kind: 'failure'; failure: QueryFailure }
);
