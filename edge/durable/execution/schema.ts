import { DOCUMENTS_SCHEMA } from '../sqlite/documents.ts';
import type { Migration } from '../sqlite/migrate.ts';
import { TIMERS_SCHEMA } from '../timers.ts';
import { LOGS_SCHEMA } from './logs.ts';
import { OUTBOX_SCHEMA } from './outbox.ts';

/**
 * The database of one execution. `core` is the state's mutable row, `steps` a row per step that was heard of, `frames` the
 * events as viewers get them. Documents: `meta`, `header`, `plan/{attempt}`, and what is too large for a row of its own.
 */
export const EXECUTION_MIGRATIONS: readonly Migration[] = [
  `
  ${DOCUMENTS_SCHEMA};
  CREATE TABLE core (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL);
  CREATE TABLE steps (id TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE frames (first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, text TEXT NOT NULL);
  ${TIMERS_SCHEMA};
  ${OUTBOX_SCHEMA};
  ${LOGS_SCHEMA}`,
];
