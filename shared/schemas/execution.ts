import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { ExecutionStatus, StepStatus } from './execution-status.ts';
import { JsonObject, JsonValue } from './json.ts';
import { CursorInput, CursorPagination } from './pagination.ts';
import { Duration, label, TimeInput, Timestamp } from './text.ts';

const ExecutionId = z.string().max(200).meta({ example: 'exec_0k3v9x2m4t7q' });

/** Order among waiting work, from last to first. */
export const Priority = z.enum(['low', 'normal', 'high', 'critical']);
export type Priority = z.infer<typeof Priority>;

/** What of a step an execution may change; merged into the definition as RFC 7396 says (null removes), and the outcome is validated like a definition. */
export const StepOverride = z.strictObject({
  config: JsonObject.optional(),
  timeout: Duration.nullable().optional(),
  retry_policy: JsonObject.nullable().optional(),
  resources: JsonObject.nullable().optional(),
});
export type StepOverride = z.infer<typeof StepOverride>;

/** Input of `POST …/execute`. */
export const ExecuteWorkflowInput = z.strictObject({
  workflow_id: z.string().max(200),
  execution_name: label(LIMITS.name).optional().describe('A label; need not be unique.'),
  parameters: JsonObject.optional().describe('Read by expressions as `parameters`. Default {}.'),
  step_overrides: z
    .record(z.string().max(200), StepOverride)
    .optional()
    .describe('By step id: RFC 7396 merge on config, timeout, retry_policy, resources.'),
  priority: Priority.optional().describe('Order among waiting work. Default normal.'),
  async: z.boolean().optional().describe('False holds the answer until the end, at most 60 s. Default true.'),
});
export type ExecuteWorkflowInput = z.infer<typeof ExecuteWorkflowInput>;

/** Why an execution failed, timed out or was stopped after a failure. */
export const ExecutionError = z.object({
  code: z.string(),
  message: z.string(),
  step_id: z.string().nullable().describe('The step that failed first; null when the execution itself did.'),
});
export type ExecutionError = z.infer<typeof ExecutionError>;

/** How a try of a step failed; `code` is the plugin's own, or one of the runner's (TIMEOUT, WORKER_LOST …). */
export const StepError = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  details: JsonObject.optional(),
});
export type StepError = z.infer<typeof StepError>;

/** How far a running try says it is. */
export const StepProgress = z.object({
  current_operation: z.string().nullable(),
  percentage: z.number().min(0).max(100),
});
export type StepProgress = z.infer<typeof StepProgress>;

/** Use of resources by a step; null where unknown. */
export const StepUsage = z.object({
  cluster_id: z.string().nullable(),
  workers: z.number().nullable(),
  cpu_usage: z.number().nullable().describe('Per cent of the cores that the step may use, 0–100.'),
  memory_usage: z.number().nullable().describe('Per cent of the memory that the step may use, 0–100.'),
  cpu_seconds: z.number().optional().describe('Processor time used so far.'),
  peak_memory_mb: z.number().optional().describe('Largest resident memory so far, MiB.'),
  peak_cpu_cores: z.number().optional().describe('Most cores in use at once.'),
  cost_usd: z.number().optional().describe('As reported by the plugin.'),
});
export type StepUsage = z.infer<typeof StepUsage>;

/** An output too large for the state; `GET …/outputs/{step_id}` answers its value. */
export const OutputRef = z.object({ $ref: z.string(), size: z.int().describe('Bytes as JSON.'), sha256: z.string() });
export type OutputRef = z.infer<typeof OutputRef>;

/** A step of an execution. The fields after `tries` come all together, once there is something to say. */
export const StepDetail = z.object({
  id: z.string(),
  plugin: z.string(),
  operation: z.string(),
  status: StepStatus,
  depends_on: z.array(z.string()),
  tries: z.int().describe('Tries started, those lost with their worker included.'),
  started_at: Timestamp.nullable().optional().describe('Start of the newest try.'),
  completed_at: Timestamp.nullable().optional(),
  duration_seconds: z.number().nullable().optional(),
  next_try_at: Timestamp.nullable().optional().describe('While retrying: when the next try is due.'),
  output: JsonValue.nullable()
    .optional()
    .describe('What the operation answered, or a reference to it ($ref, size, sha256).'),
  progress: StepProgress.optional(),
  resource_usage: StepUsage.optional(),
  error: StepError.nullable().optional(),
  artifacts: z.array(z.string()).optional().describe('URIs.'),
});
export type StepDetail = z.infer<typeof StepDetail>;

/** Why a queued execution has not started. */
export const WaitingFor = z.object({
  reason: z.enum(['engine_down', 'no_worker', 'concurrency', 'approval']),
  detail: z.string(),
});
export type WaitingFor = z.infer<typeof WaitingFor>;

/** How many steps have ended. */
export const ExecutionProgress = z.object({
  completed_steps: z.int(),
  total_steps: z.int(),
  percentage: z
    .number()
    .describe(
      'Steps that ended (completed, failed, skipped or cancelled) / all steps, 0–100: it is 100 once the execution has ' +
        'ended, however it ended.',
    ),
});
export type ExecutionProgress = z.infer<typeof ExecutionProgress>;

/** An execution as GET answers it. */
export const Execution = z.object({
  execution_id: ExecutionId,
  workflow_id: z.string(),
  workflow_version: z.string(),
  execution_name: z.string().nullable(),
  status: ExecutionStatus,
  attempt: z.int().describe('From 1; a retry of the execution makes the next.'),
  seq: z.int().describe('Number of the newest event that this state contains.'),
  priority: Priority,
  parameters: JsonObject,
  triggered_by: z.object({ type: z.enum(['api', 'schedule']), actor: z.string() }),
  created_at: Timestamp,
  scheduled_at: Timestamp.nullable().describe('The fire that started it; null when started by hand.'),
  started_at: Timestamp.nullable(),
  updated_at: Timestamp,
  completed_at: Timestamp.nullable(),
  duration_seconds: z.number().nullable(),
  estimated_completion: Timestamp.nullable().describe(
    'started_at (while queued: created_at) plus the critical path through how long each step took when the workflow ' +
      'completed last; null when a step did not run then.',
  ),
  current_step: z.string().nullable().describe('First running step in definition order, else the first that is ready.'),
  current_steps: z.array(z.string()).describe('All running steps, in definition order.'),
  waiting_for: WaitingFor.nullable().describe('Why it has not started; null once it has.'),
  progress: ExecutionProgress,
  reason: z.string().nullable().describe('Why it was asked to stop.'),
  error: ExecutionError.nullable(),
  artifacts: z.array(z.string()).describe('URIs.'),
  execution_url: z.string().nullable().describe("The attempt's page in the Temporal UI."),
  resource_usage: z.object({
    total_compute_hours: z.number().nullable(),
    cost_usd: z.number().nullable(),
    peak_memory_gb: z.number().nullable(),
    peak_cpu_cores: z.number().nullable(),
  }),
  step_details: z.array(StepDetail),
});
export type Execution = z.infer<typeof Execution>;

/** An execution without its steps. */
export const ExecutionSummary = Execution.omit({ step_details: true });
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;

/** An execution in a list. */
export const ExecutionListItem = ExecutionSummary.pick({
  execution_id: true,
  workflow_id: true,
  workflow_version: true,
  execution_name: true,
  status: true,
  attempt: true,
  priority: true,
  triggered_by: true,
  created_at: true,
  started_at: true,
  completed_at: true,
  duration_seconds: true,
  error: true,
});
export type ExecutionListItem = z.infer<typeof ExecutionListItem>;

/** Input of `GET /workflows/executions`. */
export const ListExecutionsInput = CursorInput.extend({
  status: ExecutionStatus.optional(),
  workflow_id: z.string().max(200).optional(),
  from: TimeInput.optional().describe('Created at or after: ISO 8601, or a date (its midnight in UTC).'),
  to: TimeInput.optional().describe('Created before: ISO 8601, or a date (its midnight in UTC).'),
  name: z.string().max(LIMITS.name).optional().describe('Exact execution_name.'),
  tag: z.string().max(LIMITS.tag).optional().describe('Executions of workflows with this tag.'),
});
export type ListExecutionsInput = z.infer<typeof ListExecutionsInput>;

/** Answer of `GET /workflows/executions`: newest first. */
export const ExecutionList = z.object({ data: z.array(ExecutionListItem), pagination: CursorPagination });
export type ExecutionList = z.infer<typeof ExecutionList>;

/** Input of `GET …/executions/{execution_id}`. */
export const GetExecutionInput = z.strictObject({ execution_id: z.string().max(200) });
export type GetExecutionInput = z.infer<typeof GetExecutionInput>;

/** Input of `POST …/stop`. */
export const StopExecutionInput = z.strictObject({
  execution_id: z.string().max(200),
  reason: z.string().max(1_000).optional().describe('Shown in the execution and its event.'),
  graceful: z
    .boolean()
    .optional()
    .describe(
      'Running steps are told to stop (scripts by SIGTERM) and get 30 s for it. Default true; false ends them at once.',
    ),
  cleanup_resources: z.boolean().optional().describe("Run each plugin's clean-up. Default true."),
  save_partial_results: z.boolean().optional().describe('Keep outputs and artifacts of this execution. Default true.'),
});
export type StopExecutionInput = z.infer<typeof StopExecutionInput>;

/** Input of `GET …/outputs/{step_id}`. */
export const GetOutputInput = z.strictObject({ execution_id: z.string().max(200), step_id: z.string().max(200) });
export type GetOutputInput = z.infer<typeof GetOutputInput>;

/** Answer of `GET …/outputs/{step_id}`: the value itself, however large. */
export const StepOutput = z.object({ execution_id: ExecutionId, step_id: z.string(), output: JsonValue });
export type StepOutput = z.infer<typeof StepOutput>;
