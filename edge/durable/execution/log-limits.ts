import { isOver } from '../../../shared/domain/check-step.ts';
import { byteLength, clipBytes } from '../../../shared/domain/clip-bytes.ts';
import type { LIMITS } from '../../../shared/limits.ts';
import type { LogUpdate } from '../../../shared/schemas/update.ts';

/** The limits of one execution's log, as in LIMITS. */
export type LogLimits = Record<keyof Pick<typeof LIMITS, 'logEntries' | 'logBytes' | 'logMessageBytes'>, number>;

/** What an entry takes beside its texts: its other columns and its rows in the indexes. */
export const ENTRY_BYTES = 128;

/** Bytes that an entry counts for. */
export const entryBytes = (message: string, metadata: string): number =>
  ENTRY_BYTES + byteLength(message) + byteLength(metadata);

/** The last entry of a log that reached its limit; `at` (ms) makes it sort after all others. */
export const truncationMarker = ({ logEntries, logBytes }: LogLimits, at: number): LogUpdate => ({
  source: 'truncated',
  n: 0,
  timestamp: new Date(at).toISOString(),
  level: 'WARN',
  step_id: null,
  plugin: null,
  message: `Log truncated: the limit of ${logEntries} entries or ${logBytes} bytes is reached; later entries are dropped.`,
  metadata: { truncated: true },
});

/** The entry with what is over the limit cut off; the metadata says how long the message was. */
export function clipEntry(entry: LogUpdate, limit: number): LogUpdate {
  // A character is at most 3 bytes: short texts need no counting.
  const { message, metadata } = entry;
  const bytes = message.length * 3 <= limit ? 0 : byteLength(message);
  const fits = !isOver(metadata, limit);
  if (bytes <= limit && fits) return entry;
  return {
    ...entry,
    message: clipBytes(message, limit),
    metadata: { ...(fits ? metadata : { metadata_truncated: true }), ...(bytes > limit && { message_bytes: bytes }) },
  };
}
