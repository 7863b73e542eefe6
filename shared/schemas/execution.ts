import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { ExecutionStatus, StepStatus } from './execution-status.ts';
import { ExecutionId, StepName, WorkflowId } from './ids.ts';
import { JsonObject, JsonValue } from './json.ts';
import { CursorInput, CursorPagination } from './pagination.ts';
import { Duration, inOrder, label, prose, TimeInput, Timestamp } from './text.ts';
import { Warnings } from './warning.ts';

/** Order among waiting work, from last to first. */
export const Priority = z.enum(['low', 'normal', 'high', 'critical']);
export type Priority = z.infer<typeof Priority>;

/** What of a step an execution may change; merged into the definition as RFC 7396 says (null removes), and the outcome is validated like a definition. */
export const StepOverride = z.strictObject({
  config: JsonObject.nullable().optional().describe('Merged into the config of the step; null for an empty one.'),
  timeout: Duration.nullable()
    .optional()
    .describe('Time limit of one try, at most 30d; null for the default (1h; none for core.sleep).'),
  retry_policy: JsonObject.nullable().optional().describe('Merged into the policy; null for the default, one try.'),
  resources: JsonObject.nullable().optional().describe('Merged into the resources; null for none.'),
});
export type StepOverride = z.infer<typeof StepOverride>;

/** Input of `POST …/execute`. */
export const ExecuteWorkflowInput = z.strictObject({
  workflow_id: WorkflowId,
  execution_name: label(LIMITS.name)
    .optional()
    .describe(`A label of at most ${LIMITS.name} characters; need not be unique.`),
  parameters: JsonObject.optional().describe(
    'Read by expressions as `parameters`; at most 256 KiB as JSON. Default {}.',
  ),
  step_overrides: z
    .record(z.string().max(200), StepOverride)
    .optional()
    .describe('By step id: RFC 7396 merge on config, timeout, retry_policy, resources; null removes.'),
  priority: Priority.optional().describe('Order among waiting work. Default normal.'),
  async: z.boolean().optional().describe('False holds the answer until the end, at most 60 s. Default true.'),
});
export type ExecuteWorkflowInput = z.infer<typeof ExecuteWorkflowInput>;

/** Why an execution failed, timed out or was stopped after a failure. */
export const ExecutionError = z.object({
  code: z.string().describe("Of the step that failed, or the engine's own, for example ENGINE_TERMINATED."),
  message: z.string().describe('What went wrong, for people.'),
  step_id: z.string().nullable().describe('The step that failed first; null when the execution itself did.'),
});
export type ExecutionError = z.infer<typeof ExecutionError>;

/** How a try of a step failed; `code` is the plugin's own, or one of the runner's (TIMEOUT, WORKER_LOST …). */
export const StepError = z.object({
  code: z.string().describe('In the words of the plugin, for example INVALID_CONFIG.'),
  message: z.string().describe('What went wrong, for people.'),
  retryable: z.boolean().describe('Whether another try may succeed; false fails the step at once.'),
  details: JsonObject.optional().describe(
    'What else the plugin says of it; {details_truncated: true} when over 4,000 characters.',
  ),
});
export type StepError = z.infer<typeof StepError>;

/** How far a running try says it is. */
export const StepProgress = z.object({
  current_operation: z
    .string()
    .nullable()
    .describe('What it is doing, in the words of the plugin; null when it does not say.'),
  percentage: z.number().min(0).max(100).describe('How much is done, 0–100, as the plugin reports it.'),
});
export type StepProgress = z.infer<typeof StepProgress>;

/** Use of resources by a step; null where unknown. */
export const StepUsage = z.object({
  cluster_id: z.string().nullable().describe('Cluster that it runs on.'),
  workers: z.number().nullable().describe('Number of cluster workers.'),
  cpu_usage: z.number().nullable().describe('Per cent of the cores that the step may use, 0–100.'),
  memory_usage: z.number().nullable().describe('Per cent of the memory that the step may use, 0–100.'),
  cpu_seconds: z.number().optional().describe('Processor time used so far, in seconds.'),
  peak_memory_mb: z.number().optional().describe('Largest resident memory so far, MiB.'),
  peak_cpu_cores: z.number().optional().describe('Most cores in use at once.'),
  cost_usd: z.number().optional().describe('US dollars, as reported by the plugin.'),
});
export type StepUsage = z.infer<typeof StepUsage>;

/** An output too large for the state; `GET …/outputs/{step_id}` answers its value. */
export const OutputRef = z.object({
  $ref: z.string().describe('Where the value lies.'),
  size: z.int().describe('Bytes as JSON.'),
  sha256: z.string().describe('Of the value as JSON, hexadecimal.'),
});
export type OutputRef = z.infer<typeof OutputRef>;

/** A step of an execution. The fields after `tries` come all together, once there is something to say. */
export const StepDetail = z.object({
  id: StepName,
  plugin: z.string().describe('Plugin that runs the step.'),
  operation: z.string().describe("The plugin's operation."),
  status: StepStatus.describe('`pending` until it may start; completed, failed, skipped and cancelled are final.'),
  depends_on: z.array(z.string()).describe('Ids of the steps that must complete first.'),
  tries: z.int().describe('Tries started, those lost with their worker included.'),
  started_at: Timestamp.nullable().optional().describe('Start of the newest try.'),
  completed_at: Timestamp.nullable().optional().describe('When the step ended, however; null before.'),
  duration_seconds: z.number().nullable().optional().describe('From started_at to completed_at; null before the end.'),
  next_try_at: Timestamp.nullable().optional().describe('While retrying: when the next try is due.'),
  output: JsonValue.nullable()
    .optional()
    .describe('What the operation answered, or a reference to it ($ref, size, sha256).'),
  progress: StepProgress.optional().describe('What the try has reported last; 100 once the step has completed.'),
  resource_usage: StepUsage.optional().describe(
    'Measured by the worker or reported by the plugin; null where unknown.',
  ),
  error: StepError.nullable().optional().describe('Why it failed, is tried again or was skipped; else null.'),
  artifacts: z.array(z.string()).optional().describe('URIs of the files that it stored: the first 100.'),
  artifact_count: z.int().optional().describe('How many files it stored.'),
});
export type StepDetail = z.infer<typeof StepDetail>;

/** Why a queued execution has not started. */
export const WaitingFor = z.object({
  reason: z.enum(['engine_down', 'no_worker', 'concurrency', 'approval']).describe('What is missing.'),
  detail: z.string().describe('The same for people.'),
});
export type WaitingFor = z.infer<typeof WaitingFor>;

/** How many steps have ended. */
export const ExecutionProgress = z.object({
  completed_steps: z.int().describe('Steps with the status completed.'),
  total_steps: z.int().describe('All steps of the workflow.'),
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
  workflow_id: WorkflowId,
  workflow_version: z.string().describe('Version of the definition that it runs, to its end.'),
  execution_name: z.string().nullable().describe('The label that it was started with.'),
  status: ExecutionStatus.describe('completed, failed, stopped and timed_out are final.'),
  attempt: z.int().describe('From 1; a retry of the execution makes the next.'),
  seq: z.int().describe('Number of the newest event that this state contains.'),
  priority: Priority.describe('Order among waiting work.'),
  parameters: JsonObject.describe('As given at the start.'),
  triggered_by: z
    .object({
      type: z.enum(['api', 'schedule']).describe('By a request, or by the schedule of the workflow.'),
      actor: z.string().describe('Owner of the API key that started it.'),
    })
    .describe('What started it.'),
  created_at: Timestamp.describe('When it was accepted.'),
  scheduled_at: Timestamp.nullable().describe('The fire that started it; null when started by hand.'),
  started_at: Timestamp.nullable().describe('When its run began; null while queued.'),
  updated_at: Timestamp.describe('When this state came about.'),
  completed_at: Timestamp.nullable().describe('When it ended, however; null before.'),
  duration_seconds: z.number().nullable().describe('From started_at to completed_at; null before the end.'),
  estimated_completion: Timestamp.nullable().describe(
    'started_at (while queued: created_at) plus the critical path through how long each step took when the workflow ' +
      'completed last; null when a step did not run then.',
  ),
  current_step: z.string().nullable().describe('First running step in definition order, else the first that is ready.'),
  current_steps: z
    .array(z.string())
    .describe('All running steps, in definition order; the first of them if their ids take more than 64 KiB.'),
  waiting_for: WaitingFor.nullable().describe('Why it has not started; null once it has.'),
  progress: ExecutionProgress.describe('Of all its steps together.'),
  reason: z.string().nullable().describe('Why it was asked to stop.'),
  error: ExecutionError.nullable().describe('The first error, once it has failed; else null.'),
  artifacts: z
    .array(z.string())
    .describe('URIs of the files that its steps stored, in definition order of the steps: the first 100.'),
  artifact_count: z.int().describe('How many files its steps stored.'),
  execution_url: z.string().nullable().describe("The attempt's page in the Temporal UI."),
  resource_usage: z
    .object({
      total_compute_hours: z
        .number()
        .nullable()
        .describe('Duration times cluster workers (one where unknown), summed.'),
      cost_usd: z.number().nullable().describe('US dollars, summed over the steps that report a cost.'),
      peak_memory_gb: z.number().nullable().describe('Largest resident memory of one step, GiB.'),
      peak_cpu_cores: z.number().nullable().describe('Most cores that one step had in use at once.'),
    })
    .describe('Over all steps; null where no step measured or reported it.'),
  step_details: z.array(StepDetail).describe('Every step, in definition order.'),
});
export type Execution = z.infer<typeof Execution>;

/** An execution without its steps. */
export const ExecutionSummary = Execution.omit({ step_details: true });
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;

/** Answer of `POST …/execute`. */
export const StartedExecution = ExecutionSummary.extend({
  failed_step: StepDetail.nullable().describe(
    'The step that failed first, with its error; null while none has. Of use with `async: false`.',
  ),
  warnings: Warnings,
});
export type StartedExecution = z.infer<typeof StartedExecution>;

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
  status: ExecutionStatus.optional().describe('Executions with this status. Default: all.'),
  workflow_id: WorkflowId.optional().describe('Executions of this workflow. Default: of all.'),
  from: TimeInput.optional().describe('Created at or after: ISO 8601, or a date (its midnight in UTC).'),
  to: TimeInput.optional().describe('Created before: ISO 8601, or a date (its midnight in UTC).'),
  name: z.string().max(LIMITS.name).optional().describe('Exact execution_name.'),
  tag: z.string().max(LIMITS.tag).optional().describe('Executions of workflows with this tag.'),
}).check(inOrder('from', 'to'));
export type ListExecutionsInput = z.infer<typeof ListExecutionsInput>;

/** Answer of `GET /workflows/executions`: newest first. */
export const ExecutionList = z.object({
  data: z.array(ExecutionListItem).describe('One page, newest first.'),
  pagination: CursorPagination.describe('How to go on.'),
});
export type ExecutionList = z.infer<typeof ExecutionList>;

/** Input of `GET …/executions/{execution_id}`. */
export const GetExecutionInput = z.strictObject({ execution_id: ExecutionId });
export type GetExecutionInput = z.infer<typeof GetExecutionInput>;

/** Input of `POST …/stop`. */
export const StopExecutionInput = z.strictObject({
  execution_id: ExecutionId,
  reason: prose(1_000)
    .optional()
    .describe('Shown in the execution and its event. At most 1,000 characters; default none.'),
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
export const GetOutputInput = z.strictObject({ execution_id: ExecutionId, step_id: StepName });
export type GetOutputInput = z.infer<typeof GetOutputInput>;

/** Answer of `GET …/outputs/{step_id}`: the value itself, however large. */
export const StepOutput = z.object({
  execution_id: ExecutionId,
  step_id: StepName,
  output: JsonValue.describe('What the operation answered, whole; at most 16 MiB as JSON.'),
});
export type StepOutput = z.infer<typeof StepOutput>;
