import { z } from 'zod';

/** `queued → running ⇄ paused → stopping → completed | failed | stopped | timed_out` */
export const ExecutionStatus = z.enum([
  'queued',
  'running',
  'paused',
  'stopping',
  'completed',
  'failed',
  'stopped',
  'timed_out',
]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

export const TerminalExecutionStatus = ExecutionStatus.extract(['completed', 'failed', 'stopped', 'timed_out']);
export type TerminalExecutionStatus = z.infer<typeof TerminalExecutionStatus>;

export const isTerminalExecution = (status: ExecutionStatus): status is TerminalExecutionStatus =>
  status in TerminalExecutionStatus.enum;
export const isCompletedExecution = (status: ExecutionStatus): boolean => status === 'completed';

/** `pending → queued → running ⇄ retrying | waiting → completed | failed | skipped | cancelled` */
export const StepStatus = z.enum([
  'pending',
  'queued',
  'running',
  'retrying',
  'waiting',
  'completed',
  'failed',
  'skipped',
  'cancelled',
]);
export type StepStatus = z.infer<typeof StepStatus>;

export const TerminalStepStatus = StepStatus.extract(['completed', 'failed', 'skipped', 'cancelled']);
export type TerminalStepStatus = z.infer<typeof TerminalStepStatus>;

export const isTerminalStep = (status: StepStatus): status is TerminalStepStatus => status in TerminalStepStatus.enum;
export const isWaitingStep = (status: StepStatus): boolean => status === 'waiting';
export const isRunningStep = (status: StepStatus): boolean => status === 'running';
export const isCompletedStep = (status: StepStatus): boolean => status === 'completed';
