import { AppError, type Violation, violationsError } from '../../shared/errors.ts';
import type { Database } from '../repositories/database.ts';
import {
  findIdempotencyKey,
  type IdempotencyRow,
  insertIdempotencyKey,
  updateIdempotencyKey,
} from '../repositories/idempotency-keys.ts';
import { sha256 } from '../sha256.ts';
import type { Call } from './caller.ts';
import { canonicalJson } from './canonical-json.ts';

const KEPT_MS = 24 * 3_600_000;
/** What may be an Idempotency-Key. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

const BAD_KEY: Violation = {
  code: 'VALIDATION_ERROR',
  path: 'Idempotency-Key',
  message: 'must be 1 to 255 visible ASCII characters, without blanks',
};

/** An answer, and the HTTP status of the first one when an earlier request came with the same key. */
export interface Replayable<T> {
  answer: T;
  /** Null for the first request. */
  replayed: { status: number } | null;
}

/** A request that makes one resource, or does one thing to it. */
export interface Making<T> {
  operation: string;
  input: unknown;
  newId(): string;
  /** Every check that may refuse the request; what it answers makes the resource, and is harmless when it is there already. */
  prepare(): Promise<(id: string) => Promise<T>>;
  /**
   * The resource as it is now, which is what a repeated request is answered; null when it is not there. A secret that is
   * shown once must be in the answer of `prepare` alone: here its field is null.
   */
  find(id: string): Promise<T | null>;
  /** That the resource is not there any more. */
  notFound(id: string): AppError;
  /** Whether the resource was there before: that it is there does not say that this was done to it. Default false. */
  changes?: boolean;
}

/**
 * Makes a resource once per Idempotency-Key. The key's row holds the resource's id before anything is made, so requests at
 * the same time, and one after a crash in between, all make the same resource. A repeated request answers what that is now,
 * under the status of the first. A refused request leaves no trace. Throws CONFLICT when the key came with another input
 * within 24 h, and what `notFound` says when the resource that was made is there no more.
 */
export async function makeOnce<T>(db: Database, call: Call, making: Making<T>): Promise<Replayable<T>> {
  if (call.idempotencyKey === null) {
    const make = await making.prepare();
    return { answer: await make(making.newId()), replayed: null };
  }
  const row = await newRow(call, call.idempotencyKey, making);
  const expired = new Date(Date.parse(call.now) - KEPT_MS).toISOString();
  const earlier = await findIdempotencyKey(db, row, expired);
  if (earlier) {
    assertSameInput(earlier, row);
    const answer = await findMade(making, earlier);
    if (answer !== null) {
      const status = earlier.status ?? call.status;
      // The first request ended before it could say so. Once the resource is deleted, nothing else tells that it was made.
      if (earlier.status === null) await updateIdempotencyKey(db, row, status);
      return { answer, replayed: { status } };
    }
  }
  const make = await making.prepare();
  const { held, first } = earlier ? { held: earlier, first: false } : await insertIdempotencyKey(db, row, expired);
  assertSameInput(held, row);
  const answer = await make(held.resource_id);
  await updateIdempotencyKey(db, row, call.status);
  return { answer, replayed: first ? null : { status: call.status } };
}

/** What the earlier request made, as it is now; null when that request may have ended before it made anything. */
async function findMade<T>(making: Making<T>, { resource_id, status }: IdempotencyRow): Promise<T | null> {
  if (status === null && making.changes) return null;
  const found = await making.find(resource_id);
  if (found === null && status !== null) throw making.notFound(resource_id);
  return found;
}

async function newRow<T>({ caller, now }: Call, key: string, { operation, input, newId }: Making<T>) {
  if (!IDEMPOTENCY_KEY.test(key)) throw violationsError([BAD_KEY]);
  return {
    workspace_id: caller.workspaceId,
    operation,
    key,
    input_hash: await sha256(canonicalJson(input)),
    resource_id: newId(),
    created_at: now,
  };
}

function assertSameInput(held: IdempotencyRow, { input_hash }: Pick<IdempotencyRow, 'input_hash'>): void {
  if (held.input_hash !== input_hash)
    throw new AppError(
      'CONFLICT',
      'this Idempotency-Key was used for another request within the last 24 hours: send a new key',
    );
}
