import { DOCUMENTS_SCHEMA } from '../sqlite/documents.ts';
import type { Migration } from '../sqlite/migrate.ts';
import { TIMERS_SCHEMA } from '../timers.ts';
import { QUEUE_REFUSED_BY, QUEUE_SCHEMA } from './command-queue.ts';
import { PRESENCE_SCHEMA } from './presence.ts';

/** The database of one dispatch shard. */
export const DISPATCH_MIGRATIONS: readonly Migration[] = [
  `${DOCUMENTS_SCHEMA}; ${TIMERS_SCHEMA}; ${QUEUE_SCHEMA}; ${PRESENCE_SCHEMA}`,
  QUEUE_REFUSED_BY,
];
