import type { LogUpdate, Update, UpdateBatch } from '../../../shared/schemas/update.ts';
import { createLogger, type Logger } from '../../../worker-node/logger.ts';

const AT = '2026-01-15T14:30:00.000Z';

/** A distinguishable update. */
export const progress = (n: number, text = ''): Update => ({
  type: 'step_progress',
  step_id: 'train',
  try: 1,
  n,
  progress: { current_operation: text || null, percentage: 1 },
});

/** What is said of an attempt that has no run yet. */
export const delayed: Update = { type: 'start_delayed', reason: 'engine_down', detail: 'connection refused', at: AT };

export const logEntry = (n: number): LogUpdate => ({
  source: 'train/1',
  n,
  timestamp: AT,
  level: 'INFO',
  step_id: 'train',
  plugin: 'core',
  message: `line ${n}`,
  metadata: {},
});

export const result: Update = {
  type: 'result',
  status: 'completed',
  started_at: AT,
  completed_at: AT,
  error: null,
  page: 0,
  pages: 1,
  steps: [],
};

/** The numbers of the progress updates of one execution, in the order in which they came. */
export const numbersOf = (batches: readonly UpdateBatch[], executionId: string): number[] =>
  batches
    .filter((batch) => batch.execution_id === executionId)
    .flatMap((batch) => batch.updates.flatMap((update) => (update.type === 'step_progress' ? update.n : [])));

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A logger whose lines can be read. */
export function recordingLogger(): Logger & { lines: { level: string; message: string; [field: string]: unknown }[] } {
  const lines: { level: string; message: string }[] = [];
  return { ...createLogger('debug', (line) => lines.push(JSON.parse(line))), lines };
}
