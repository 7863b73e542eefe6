import type { StepError } from '../../shared/schemas/execution.ts';
import type { LogLevel } from '../../shared/schemas/log.ts';
import type { PlanStep } from '../../shared/schemas/plan.ts';
import type { TryOutcome } from '../activities/contract.ts';

/** What the log says of the start and the end of a try, in the same words whether a worker or the workflow itself runs it. */
export interface TryEntry {
  level: LogLevel;
  message: string;
}

export interface TryEndTold {
  outcome: 'completed' | TryOutcome;
  /** Null when nobody knows it any more. */
  started_at: string | null;
  completed_at: string;
  error?: StepError;
}

export function tryStarted(
  { id, plugin, operation }: Pick<PlanStep, 'id' | 'plugin' | 'operation'>,
  number: number,
): TryEntry {
  return { level: 'INFO', message: `Try ${number} of step "${id}" started (${plugin}.${operation}).` };
}

export function tryEnded(
  { id }: Pick<PlanStep, 'id'>,
  number: number,
  { outcome, started_at, completed_at, error }: TryEndTold,
): TryEntry[] {
  const seconds = started_at === null ? null : (Date.parse(completed_at) - Date.parse(started_at)) / 1_000;
  const how = seconds === null ? outcome : `${outcome} after ${seconds} s`;
  const end: TryEntry = { level: 'INFO', message: `Try ${number} of step "${id}" ${how}.` };
  // What went wrong stands out at level ERROR; a stop is nothing wrong.
  if (outcome !== 'failed' || !error) return [end];
  return [{ level: 'ERROR', message: `${error.code}: ${error.message}` }, end];
}
