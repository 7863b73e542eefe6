import { readableJson } from '../../shared/domain/well-formed.ts';
import type { LogUpdate, Update } from '../../shared/schemas/update.ts';

/** How the edge settled what it was sent for good: stored, or of no interest because the attempt is unknown or withdrawn. */
export type Settlement = 'ok' | 'gone';

/** What one call to the poster brought: sent and stored whole, serialised once however often it is sent. */
export interface Segment {
  executionId: string;
  attempt: number;
  /** JSON of the updates, and of the log entries, joined by commas; empty without any. */
  updates: string;
  logs: string;
  /** Bytes of both. */
  bytes: number;
  /** False when it tells only that the start waits: the edge may still take that back, so its `ok` confirms no run. */
  ofRun: boolean;
  /** Its row in the spill file; absent while it is in memory alone. */
  rowId?: number;
  /** Somebody waits for the answer; such a segment stays in memory. */
  waiter?: Waiter;
}

export interface Waiter {
  resolve(settlement: Settlement): void;
  reject(error: Error): void;
}

export interface SegmentContent {
  executionId: string;
  attempt: number;
  updates: readonly Update[];
  logs: readonly LogUpdate[];
}

export function createSegment({ executionId, attempt, updates, logs }: SegmentContent): Segment {
  return segmentOf({ executionId, attempt, updates: joinJson(updates), logs: joinJson(logs) });
}

/** A segment from its serialised parts. */
export function segmentOf(parts: Pick<Segment, 'executionId' | 'attempt' | 'updates' | 'logs'>): Segment {
  const { updates, logs } = parts;
  const bytes = Buffer.byteLength(updates) + Buffer.byteLength(logs);
  return { ...parts, bytes, ofRun: !tellsOnlyOfDelay(updates) };
}

function tellsOnlyOfDelay(updates: string): boolean {
  if (!updates.includes('"start_delayed"')) return false;
  // Written by joinJson.
  const parsed = JSON.parse(`[${updates}]`) as Update[];
  return parsed.every(({ type }) => type === 'start_delayed');
}

const joinJson = (values: readonly unknown[]): string => values.map(toJson).join(',');

/** JSON.stringify writes half a character, wherever it came from, as an escape that strict readers refuse. */
function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes('\\ud') ? JSON.stringify(readableJson(value)) : json;
}

/** Segments of one attempt, in their order: what the edge calls a batch. */
export interface Batch {
  executionId: string;
  attempt: number;
  segments: readonly Segment[];
}

/** The body of `POST /internal/updates` (PostUpdatesInput), put together from what is serialised already. */
export function requestBody(workerId: string, batches: readonly Batch[]): string {
  return `{"worker_id":${JSON.stringify(workerId)},"batches":[${batches.map(batchJson).join(',')}]}`;
}

function batchJson({ executionId, attempt, segments }: Batch): string {
  const updates = joinParts(segments.map((segment) => segment.updates));
  const logs = joinParts(segments.map((segment) => segment.logs));
  return `{"execution_id":${JSON.stringify(executionId)},"attempt":${attempt},"updates":[${updates}],"logs":[${logs}]}`;
}

const joinParts = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(',');
