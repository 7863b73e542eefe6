import type { WorkflowExecutionStatusName } from '@temporalio/client';
import { errorMessage } from '../../shared/domain/error-message.ts';
import type { TerminalExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { Update } from '../../shared/schemas/update.ts';

interface Close {
  status: TerminalExecutionStatus;
  code: string;
  message: string;
}

/** How the engine ends a run without its workflow code having a say. */
const CLOSES: Partial<Record<WorkflowExecutionStatusName, Close>> = {
  TERMINATED: { status: 'failed', code: 'ENGINE_TERMINATED', message: 'The run was terminated in Temporal' },
  TIMED_OUT: { status: 'timed_out', code: 'ENGINE_TIMED_OUT', message: 'The run timed out in Temporal' },
  CANCELLED: { status: 'stopped', code: 'ENGINE_CANCELLED', message: 'The run was cancelled in Temporal' },
};

const FAILED: Close = {
  status: 'failed',
  code: 'ENGINE_FAILED',
  message: 'The run ended in Temporal without a result',
};

const LOST: Close = {
  status: 'failed',
  code: 'ENGINE_LOST',
  message: 'Temporal does not know the run: its history was lost, or deleted after its retention',
};

export interface ClosedRun {
  status: WorkflowExecutionStatusName;
  at: Date;
  /** What the person who ended it gave as a reason: up to 4 MiB, as far as Temporal is concerned. */
  reason?: string | undefined;
}

/** The update that says how the engine closed the run. */
export function closedUpdate({ status, at, reason }: ClosedRun): Update {
  const close = CLOSES[status] ?? FAILED;
  return toUpdate(reason ? { ...close, message: `${close.message}: ${reason}` } : close, at);
}

export const lostUpdate = (at: Date): Update => toUpdate(LOST, at);

/** The engine will never take the start. */
export const refusedUpdate = (detail: string, at: Date): Update =>
  toUpdate({ status: 'failed', code: 'ENGINE_REFUSED', message: `Temporal refused the start: ${detail}` }, at);

/** True when the engine, not the workflow code, ended it: then nothing told the edge. */
export const isEngineClose = (status: WorkflowExecutionStatusName): boolean => status in CLOSES;

const toUpdate = ({ status, code, message }: Close, at: Date): Update => ({
  type: 'closed',
  status,
  at: at.toISOString(),
  error: { code, message: errorMessage(message), step_id: null },
});
