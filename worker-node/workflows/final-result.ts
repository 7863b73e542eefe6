import type { ExecutionError } from '../../shared/schemas/execution.ts';
import type { ResultUpdate, StepResult } from '../../shared/schemas/update.ts';
import { chunkBySize } from './json-size.ts';
import { later } from './later.ts';
import { PAGE_BYTES } from './run-limits.ts';
import type { Stop } from './stop-request.ts';

export interface FinalState {
  startedAt: string;
  now: string;
  stop: Stop | null;
  /** The first step that failed. */
  error: ExecutionError | null;
  /** All steps, in definition order. */
  results: StepResult[];
}

/** The whole end of an execution, in pages that the edge takes. */
export function resultPages(state: FinalState): ResultUpdate[] {
  const { status, error } = ending(state);
  const results = dropsResults(status, state.stop) ? state.results.map(withoutOutput) : state.results;
  // Clocks of workers and engine differ: the end encloses the ends of all steps.
  const completed_at = results.reduce((end, { completed_at }) => later(end, completed_at), state.now);
  const pages = chunkBySize(results, PAGE_BYTES);
  return pages.map((steps, page) => ({
    type: 'result',
    status,
    started_at: state.startedAt,
    completed_at,
    error,
    page,
    pages: pages.length,
    steps,
  }));
}

/** Whether outputs and artifacts are removed: what completed although a stop came is whole, not partial. */
export const dropsResults = (status: ResultUpdate['status'], stop: Stop | null): boolean =>
  status === 'stopped' && stop?.save_partial_results === false;

/** A stop that came when every step was about to complete stopped nothing. */
function ending({ stop, error, results }: FinalState): Pick<ResultUpdate, 'status' | 'error'> {
  if (results.every(({ status }) => status === 'completed')) return { status: 'completed', error: null };
  if (stop?.status === 'timed_out') {
    const message = 'The execution took longer than its timeout.';
    return { status: 'timed_out', error: { code: 'TIMEOUT', message, step_id: null } };
  }
  return stop ? { status: 'stopped', error } : { status: 'failed', error };
}

function withoutOutput({ artifact_count: _, ...result }: StepResult): StepResult {
  return { ...result, output: null, artifacts: [] };
}
