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
/** A longer answer is made anew from the resource when it is asked for again. */
const KEPT_LENGTH = 512 * 1024;
/** What may be an Idempotency-Key. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

const BAD_KEY: Violation = {
  code: 'VALIDATION_ERROR',
  path: 'Idempotency-Key',
  message: 'must be 1 to 255 visible ASCII characters, without blanks',
};

/** An answer, and whether it is that of an earlier request. */
export interface Replayable<T> {
  answer: T;
  /** Whether an earlier request came with the same key. */
  replayed: boolean;
}

/** A request that makes one resource. */
export interface Making<T> {
  operation: string;
  input: unknown;
  newId(): string;
  /** Every check that may refuse the request; what it answers makes the resource, and is harmless when it is there already. */
  prepare(): Promise<(id: string) => Promise<T>>;
  /** The answer for a resource that is there; null when it is not. */
  find(id: string): Promise<T | null>;
}

/**
 * Makes a resource once per Idempotency-Key. The key's row holds the resource's id before anything is made, so requests at
 * the same time, and one after a crash in between, all make the same resource. A refused request leaves no trace.
 * Throws CONFLICT when the key came with another input within 24 h.
 */
export async function makeOnce<T>(db: Database, call: Call, making: Making<T>): Promise<Replayable<T>> {
  if (call.idempotencyKey === null) {
    const make = await making.prepare();
    return { answer: await make(making.newId()), replayed: false };
  }
  const row = await newRow(call, call.idempotencyKey, making);
  const expired = new Date(Date.parse(call.now) - KEPT_MS).toISOString();
  const earlier = await findIdempotencyKey(db, row, expired);
  if (earlier) {
    assertSameInput(earlier, row);
    const answer = earlier.response === null ? await making.find(earlier.resource_id) : JSON.parse(earlier.response);
    if (answer !== null) return { answer, replayed: true };
  }
  const make = await making.prepare();
  const held = earlier ?? (await insertIdempotencyKey(db, row, expired));
  assertSameInput(held, row);
  const answer = await make(held.resource_id);
  const response = JSON.stringify(answer);
  if (response.length <= KEPT_LENGTH) await updateIdempotencyKey(db, row, response);
  return { answer, replayed: held.resource_id !== row.resource_id };
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
