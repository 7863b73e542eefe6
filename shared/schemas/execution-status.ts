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

/** How an execution may end. */
export const TerminalExecutionStatus = ExecutionStatus.extract(['completed', 'failed', 'stopped', 'timed_out']);
export type TerminalExecutionStatus = z.infer<typeof TerminalExecutionStatus>;

/** Whether an execution has ended. */
export const isTerminalExecution = (status: ExecutionStatus): status is TerminalExecutionStatus =>
  status in TerminalExecutionStatus.enum;
/** Whether an execution ended as it was meant to. */
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

/** How a step may end. */
export const TerminalStepStatus = StepStatus.extract(['completed', 'failed', 'skipped', 'cancelled']);
export type TerminalStepStatus = z.infer<typeof TerminalStepStatus>;

/** Whether a step has ended. */
export const isTerminalStep = (status: StepStatus): status is TerminalStepStatus => status in TerminalStepStatus.enum;
/** Whether the workflow waits for a step by itself: no worker runs it. */
export const isWaitingStep = (status: StepStatus): boolean => status === 'waiting';
/** Whether a try of a step runs on a worker. */
export const isRunningStep = (status: StepStatus): boolean => status === 'running';
/** Whether a step ended as it was meant to. */
export const isCompletedStep = (status: StepStatus): boolean => status === 'completed';
/** Whether a step ended with an error of its own. */
export const isFailedStep = (status: StepStatus): boolean => status === 'failed';
