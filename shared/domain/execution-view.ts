import { LIMITS } from '../limits.ts';
import type { Execution, ExecutionSummary, StepDetail, StepProgress, StepUsage } from '../schemas/execution.ts';
import {
  type ExecutionStatus,
  isCompletedStep,
  isRunningStep,
  isTerminalStep,
  isWaitingStep,
  type StepStatus,
} from '../schemas/execution-status.ts';
import {
  EMPTY_STEP,
  type ExecutionCore,
  type ExecutionState,
  type HeaderStep,
  type StepState,
} from './execution-state.ts';
import { listArtifacts, NO_ARTIFACTS, sumArtifacts } from './listed-artifacts.ts';

const NO_PROGRESS: StepProgress = { current_operation: null, percentage: 0 };
const DONE_PROGRESS: StepProgress = { current_operation: null, percentage: 100 };
const UNKNOWN_USAGE: StepUsage = { cluster_id: null, workers: null, cpu_usage: null, memory_usage: null };

/** The execution as GET answers it. */
export function renderExecution(state: ExecutionState): Execution {
  const step_details = state.header.steps.map((step) => renderStep(state, step));
  return { ...summarize(state, step_details), step_details };
}

/** The execution without its steps, as it follows from `details`, the rendered steps in definition order. */
export function summarize({ header, core }: ExecutionState, details: readonly StepDetail[]): ExecutionSummary {
  const { steps: _, ...facts } = header;
  const status = executionStatus(core);
  const running = details.filter((step) => isRunningStep(step.status)).map((step) => step.id);
  const times = timeSpan(core, details);
  return {
    ...facts,
    status,
    attempt: core.attempt,
    seq: core.seq,
    ...times,
    estimated_completion: estimatedCompletion(header, times.started_at),
    updated_at: core.updated_at,
    current_step: core.end || core.started_at === null ? null : (running[0] ?? firstReady(details)),
    current_steps: core.end ? [] : asManyAsFit(running),
    waiting_for: core.waiting_for,
    progress: progressOf(details),
    reason: core.stop?.reason ?? null,
    error: core.end?.error ?? null,
    ...sumArtifacts(details),
    resource_usage: usageOf(details),
  };
}

/** Where an execution stands: its end counts first, then a stop, then whether it has started. */
export function executionStatus(core: ExecutionCore): ExecutionStatus {
  if (core.end) return core.end.status;
  if (core.stop) return 'stopping';
  return core.started_at === null ? 'queued' : 'running';
}

/** One step as GET shows it. A step that nothing was heard of shows its definition only. */
export function renderStep(state: ExecutionState, { id, plugin, operation, depends_on }: HeaderStep): StepDetail {
  const step = state.steps.get(id) ?? EMPTY_STEP;
  const { current, decided, result } = step;
  const status = stepStatus(state.core, step);
  const detail: StepDetail = { id, plugin, operation, status, depends_on, tries: step.tries };
  const closed = state.core.end !== null && result === null;
  if (!step.full && !closed) return detail;
  const started_at = result ? result.started_at : (current?.started_at ?? null);
  const completed_at = result
    ? result.completed_at
    : isTerminalStep(status)
      ? (closedAt(state.core) ?? decided?.at ?? null)
      : null;
  return {
    ...detail,
    started_at,
    completed_at,
    duration_seconds: seconds(started_at, completed_at),
    // Of this retry: the decision on an earlier one stays until the next.
    next_try_at: status === 'retrying' && decidedNewer(step) ? (decided?.next_try_at ?? null) : null,
    output: result?.output ?? null,
    progress: isCompletedStep(status) ? DONE_PROGRESS : (current?.progress?.value ?? NO_PROGRESS),
    resource_usage: result?.usage ?? current?.usage?.value ?? UNKNOWN_USAGE,
    error: result ? result.error : ((decidedNewer(step) ? decided?.error : null) ?? current?.failed?.error ?? null),
    ...listArtifacts(result ?? NO_ARTIFACTS),
  };
}

function stepStatus(core: ExecutionCore, step: StepState): StepStatus {
  const open = openStatus(step);
  return core.end !== null && !isTerminalStep(open) ? 'cancelled' : open;
}

function openStatus(step: StepState): StepStatus {
  if (step.result) return step.result.status;
  if (step.decided && decidedNewer(step)) return step.decided.status;
  if (step.current) return step.current.failed ? 'retrying' : 'running';
  return 'pending';
}

/** Whether the workflow's decision says more than what was heard of the newest try. */
function decidedNewer({ decided, current }: StepState): boolean {
  if (decided === null || current === null) return decided !== null;
  if (isTerminalStep(decided.status) || decided.try > current.try) return true;
  return isWaitingStep(decided.status) && decided.try === current.try && current.failed === null;
}

const closedAt = (core: ExecutionCore): string | null => core.end?.completed_at ?? null;

/** Ids, in order, that have at most LIMITS.currentStepsBytes as JSON; they are ASCII. */
function asManyAsFit(ids: string[]): string[] {
  let bytes = 2;
  const end = ids.findIndex((id) => {
    bytes += id.length + 3;
    return bytes > LIMITS.currentStepsBytes;
  });
  return end < 0 ? ids : ids.slice(0, end);
}

function firstReady(details: readonly StepDetail[]): string | null {
  const completed = new Set(details.filter((step) => isCompletedStep(step.status)).map((step) => step.id));
  const ready = details.find(
    (step) => !isTerminalStep(step.status) && step.depends_on.every((id) => completed.has(id)),
  );
  return ready?.id ?? null;
}

/** Start and end, moved outwards where a step's clock says so: they enclose the times of all steps. */
function timeSpan(
  core: ExecutionCore,
  details: readonly StepDetail[],
): Pick<ExecutionSummary, 'started_at' | 'completed_at' | 'duration_seconds'> {
  let { started_at } = core;
  let completed_at = closedAt(core);
  for (const step of details) {
    if (started_at !== null && step.started_at && step.started_at < started_at) started_at = step.started_at;
    if (completed_at !== null && step.completed_at && step.completed_at > completed_at)
      completed_at = step.completed_at;
  }
  return { started_at, completed_at, duration_seconds: seconds(started_at, completed_at) };
}

/** The estimate counts from when the execution was accepted until it has started, and then from its start. */
function estimatedCompletion(
  { created_at, estimated_completion }: ExecutionState['header'],
  started_at: string | null,
): string | null {
  if (estimated_completion === null || started_at === null) return estimated_completion;
  const waited = Date.parse(started_at) - Date.parse(created_at);
  return new Date(Date.parse(estimated_completion) + waited).toISOString();
}

function progressOf(details: readonly StepDetail[]): Execution['progress'] {
  const completed = details.filter((step) => isCompletedStep(step.status)).length;
  const ended = details.filter((step) => isTerminalStep(step.status)).length;
  return {
    completed_steps: completed,
    total_steps: details.length,
    percentage: details.length === 0 ? 0 : Math.round((ended / details.length) * 10_000) / 100,
  };
}

/** Totals over the steps that measured or reported something; null where none did. Node-hours count one node where a step names none. */
function usageOf(details: readonly StepDetail[]): Execution['resource_usage'] {
  let hours: number | null = null;
  let cost: number | null = null;
  let memory: number | null = null;
  let cores: number | null = null;
  for (const { resource_usage: usage, duration_seconds: duration } of details) {
    if (!usage || usage === UNKNOWN_USAGE) continue;
    if (duration) hours = (hours ?? 0) + (duration / 3_600) * (usage.workers ?? 1);
    if (usage.cost_usd !== undefined) cost = (cost ?? 0) + usage.cost_usd;
    if (usage.peak_memory_mb !== undefined) memory = Math.max(memory ?? 0, usage.peak_memory_mb / 1_024);
    if (usage.peak_cpu_cores !== undefined) cores = Math.max(cores ?? 0, usage.peak_cpu_cores);
  }
  const rounded = (value: number | null, digits: number) => (value === null ? null : Number(value.toFixed(digits)));
  return {
    total_compute_hours: rounded(hours, 6),
    cost_usd: rounded(cost, 4),
    peak_memory_gb: rounded(memory, 4),
    peak_cpu_cores: rounded(cores, 2),
  };
}

function seconds(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from)) / 1_000;
}
