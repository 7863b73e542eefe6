import type { DispatcherOptions } from './dispatcher.ts';
import type { Poster } from './poster.ts';

/** Says why an execution waits whose start this worker cannot read. */
export function createTellUnreadable(poster: Pick<Poster, 'post'>): DispatcherOptions['onUnreadable'] {
  return ({ type, execution_id, attempt }, what) => {
    if (type !== 'start') return;
    const detail = `A connected worker cannot read the start: it is of another version than the edge, upgrade it (${what}).`;
    const at = new Date().toISOString();
    poster.post(execution_id, attempt, [{ type: 'start_delayed', reason: 'no_worker', detail, at }]);
  };
}
