import type { StopPayload } from '../../shared/schemas/command.ts';
import type { StopSignal } from './contract.ts';

/** Why a run ends before its steps do, and how. */
export interface Stop extends Omit<StopPayload, 'reason'> {
  /** How the execution ends. */
  status: 'stopped' | 'timed_out';
  /**
   * False when a cancelled try was the first to say so: the signal with what the user wants of it is on its way.
   * (The edge also tells the worker that runs the try, which is faster.)
   */
  told: boolean;
}

export const TIMED_OUT: Stop = {
  status: 'timed_out',
  told: true,
  graceful: true,
  cleanup_resources: true,
  save_partial_results: true,
};

/** A try was cancelled, but no signal has come yet. */
export const UNTOLD: Stop = { ...TIMED_OUT, status: 'stopped', told: false };

/** The edge has taken the start back: nothing has run that could be cleaned up, and nobody will say more. */
export const WITHDRAWN: Stop = { ...UNTOLD, told: true, cleanup_resources: false };

/** Someone cancelled the workflow in the engine's own tools. */
export const CANCELLED_IN_ENGINE: StopSignal = {
  command_id: 'engine',
  reason: 'Cancelled in the engine.',
  graceful: true,
  cleanup_resources: true,
  save_partial_results: true,
};

/** The first request counts; a later one can only take away the grace, and one that is repeated changes nothing. */
export function mergeStop(stop: Stop | null, payload: StopPayload): Stop {
  const { graceful, cleanup_resources, save_partial_results } = payload;
  const request = { graceful, cleanup_resources, save_partial_results };
  if (stop === null) return { ...request, status: 'stopped', told: true };
  if (!stop.told) return { ...stop, ...request, told: true };
  return { ...stop, graceful: stop.graceful && request.graceful };
}
