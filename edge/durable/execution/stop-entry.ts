import type { LogUpdate } from '../../../shared/schemas/update.ts';

/**
 * The log entry of a stop that was accepted at `at` (ms since 1970). Workers hear of the stop later, each by another road:
 * written here, it comes before what they log of the steps that it ends.
 */
export const stopEntry = (reason: string | null, at: number): LogUpdate => ({
  source: 'stop',
  n: 0,
  timestamp: new Date(at).toISOString(),
  level: 'WARN',
  step_id: null,
  plugin: null,
  message: `Stop requested${reason ? `: ${reason}` : '.'}`,
  metadata: {},
});
