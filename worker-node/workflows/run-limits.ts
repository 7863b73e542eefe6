import type { RunLimits } from './contract.ts';

/** The engine ends a history of 51,200 events or 50 MB; it suggests to hand over far earlier than is good for fan-outs. */
export const DEFAULT_LIMITS: RunLimits = {
  softEvents: 12_000,
  softBytes: 8 * 1024 * 1024,
  hardEvents: 35_000,
  hardBytes: 25 * 1024 * 1024,
  // All arguments of a run together may have 2 MB, and plan and parameters are among them (256 KiB each). Small records
  // are spared the round trips to the edge and back.
  argumentBytes: 256 * 1024,
};

/** The engine refuses 2,000 pending activities … */
export const MAX_PENDING = 1_000;
/** … and answers to a workflow task of 4 MB. */
export const MAX_TASK_BYTES = 2 * 1024 * 1024;
/**
 * What one workflow task schedules is stored as one piece, and the engine reads the whole of it again to start an activity
 * that its events cache (512 KiB by default) has lost: 1,000 at once took 2.5 times as long as eight times 128.
 */
export const MAX_TASK_TRIES = 128;

/** What an operation has to finish once it is told to end. */
export const GRACE_MS = 30_000;
/** What it has then to store what its work has left: its files, and after them its output. */
export const STORING_MS = 30_000;
/** Likewise for a try that was left no grace. */
export const PROMPT_STORING_MS = 1_000;
/** How long tries that were told to end are waited for: all that, and the time it takes to tell; or next to nothing. */
export const GRACEFUL_END_MS = GRACE_MS + 2 * STORING_MS + 30_000;
export const PROMPT_END_MS = 2_000;
/** How long the stop signal is waited for when a cancelled try has brought the news first. */
export const SIGNAL_DELAY_MS = 10_000;

/** A value in history may have 2 MB. */
export const PAGE_BYTES = 1024 * 1024;
/** A page of records that a run loads: the engine's SDK warns of values over 512 KiB. */
export const RECORDS_PAGE_BYTES = 500 * 1024;
