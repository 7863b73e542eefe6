import type { ExecutionError } from '../../shared/schemas/execution.ts';
import type { StepResult } from '../../shared/schemas/update.ts';
import { EMPTY_END, newRecord, type StepRecord } from './step-record.ts';

/** What one run of the chain hands to the next besides the records of the steps. */
export interface ChainState {
  /** Number of the run that gets it; the first run is 1. */
  run: number;
  /** When the execution started. */
  started_at: string;
  /** Log entries that the workflow itself has written. */
  logs: number;
  /** The first step that failed. */
  error: ExecutionError | null;
  /** Names of the pages of records that the edge keeps for this run. Absent: its other arguments are the pages. */
  pages?: string[];
}

/** A record without what is as in a new one, and without the step's id: a plan may have 10,000 steps. */
export type PackedRecord = Partial<Omit<StepRecord, 'result'>> & { result?: Partial<StepResult> };

const EMPTY_RECORD = newRecord();
const EMPTY_RESULT = { ...EMPTY_END, tries: 1, started_at: null, completed_at: null };

export function packRecord({ result, ...record }: StepRecord): PackedRecord {
  // Once a step has ended, its end matters still, the decision where that was one, and which try counts.
  if (result === null) return changed(record, EMPTY_RECORD);
  const { step_id: _, ...fields } = result;
  const packed: PackedRecord = { result: changed(fields, EMPTY_RESULT) };
  if (record.decided) packed.decided = record.decided;
  if (record.counts !== usualCounts(result)) packed.counts = record.counts;
  return packed;
}

export function unpackRecord(stepId: string, { result, ...record }: PackedRecord): StepRecord {
  if (result === undefined) return { ...newRecord(), ...record };
  // packRecord keeps the status: it has no default.
  const whole = { ...EMPTY_RESULT, ...result, step_id: stepId } as StepResult;
  return { ...newRecord(), counts: usualCounts(whole), ...record, result: whole };
}

/** The try that counts of most steps that ended so. */
const usualCounts = ({ status }: Pick<StepResult, 'status'>): number => (status === 'completed' ? 1 : 0);

/** The fields of `value` that differ from `base`. */
function changed<T extends object>(value: T, base: Partial<T>): Partial<T> {
  const entries = Object.entries(value).filter(
    ([key, field]) => JSON.stringify(field) !== JSON.stringify(base[key as keyof T]),
  );
  // Object.entries forgets the types of the values.
  return Object.fromEntries(entries) as Partial<T>;
}
