import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { ExecutionStatus } from './execution-status.ts';
import { JsonObject } from './json.ts';
import { PageInput, Pagination } from './pagination.ts';
import { Duration, label, Timestamp } from './text.ts';

/** When a step that failed is tried again. */
export const RetryPolicy = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .max(LIMITS.maxAttempts)
    .optional()
    .describe(
      'Tries that may end by themselves (error or timeout), the first included. Tries lost with their worker are not counted. Default 1.',
    ),
  initial_interval: Duration.optional().describe('Pause before the second try. Default 1s.'),
  backoff_coefficient: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe('Each further pause is this many times the one before. Default 2.'),
  max_interval: Duration.optional().describe('Longest pause between tries. Default 5m.'),
  non_retryable_errors: z
    .array(z.string().min(1).max(200))
    .max(100)
    .optional()
    .describe('Error codes that fail the step at once.'),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** Compute that a step asks for, in the words of its plugin. */
export const Resources = z
  .strictObject({
    min_workers: z.int().min(1).max(100_000).optional().describe('Least number of cluster workers.'),
    max_workers: z.int().min(1).max(100_000).optional().describe('Most cluster workers; at least min_workers.'),
    node_type: label(200).optional().describe('Machine type in the words of the plugin, for example i3.xlarge.'),
    exclusive: z
      .array(label(200))
      .max(100)
      .optional()
      .describe('Names of things that only one active workflow may hold at a time.'),
  })
  .refine(
    (value) =>
      value.min_workers === undefined || value.max_workers === undefined || value.min_workers <= value.max_workers,
    {
      path: ['min_workers'],
      message: 'must not exceed max_workers',
    },
  );
export type Resources = z.infer<typeof Resources>;

/** Form of a step's id. */
export const STEP_ID = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;

/** A step of a definition. */
export const Step = z.strictObject({
  id: z
    .string()
    .regex(
      STEP_ID,
      'must start with a letter or underscore, then letters, digits, "_", "." or "-", at most 128 characters',
    )
    .refine((id) => id !== '__proto__', 'must not be __proto__')
    .describe('Unique within the workflow.'),
  plugin: z.string().max(200).describe('Plugin that runs the step, for example duckdb.'),
  operation: z.string().max(200).describe("One of the plugin's operations, for example query."),
  depends_on: z
    .array(z.string().max(200))
    .max(LIMITS.steps)
    .optional()
    .describe('Ids of the steps that must complete first. Default none.'),
  config: JsonObject.optional().describe('Input of the operation; strings may hold `${{ }}` expressions. Default {}.'),
  retry_policy: RetryPolicy.optional().describe('Default: one try.'),
  timeout: Duration.optional().describe('Time limit of one try, at most 30d. Default 1h.'),
  resources: Resources.optional().describe('Compute that the step asks for.'),
});
export type Step = z.infer<typeof Step>;

/** When a workflow starts by itself. What its schema cannot say `validateCron` checks. */
export const CronSchedule = z.strictObject({
  type: z.literal('cron').describe('The one kind of schedule.'),
  expression: z
    .string()
    .max(200)
    .describe('Five fields (minute hour day month weekday), or @hourly, @daily, @weekly, @monthly, @yearly.'),
  timezone: z.string().max(64).optional().describe('IANA name. Default UTC.'),
});
export type CronSchedule = z.infer<typeof CronSchedule>;

const recipients = (when: string) =>
  z
    .array(z.email().max(320))
    .max(LIMITS.recipients)
    .optional()
    .describe(`E-mail addresses told when an execution ${when}.`);

/** Who is told how an execution ended. */
export const Notifications = z.strictObject({ on_success: recipients('completes'), on_failure: recipients('fails') });
export type Notifications = z.infer<typeof Notifications>;

/** The expression that semver.org suggests. */
const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** A workflow as a user writes it. */
export const WorkflowDefinition = z.strictObject({
  name: label(LIMITS.name).describe('A label; need not be unique.'),
  version: z
    .string()
    .max(100)
    .regex(SEMANTIC_VERSION, 'must be a semantic version such as 1.0.0')
    .optional()
    .describe('Semantic version. Default 1.0.0.'),
  description: z.string().max(LIMITS.description).optional().describe('What it is for. Default empty.'),
  steps: z.array(Step).min(1).max(LIMITS.steps).describe('The DAG.'),
  schedule: CronSchedule.optional().describe('When it starts by itself, once the workflow is active.'),
  notifications: Notifications.optional().describe('Who is told how an execution ended.'),
  tags: z.array(label(LIMITS.tag)).max(LIMITS.tags).optional().describe('Labels to filter by. Default none.'),
  timeout: Duration.optional().describe('Time limit of a whole execution. Default none.'),
});
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>;

/** Input of `POST /workflows`. */
export const CreateWorkflowInput = WorkflowDefinition;
export type CreateWorkflowInput = WorkflowDefinition;

/** Where a workflow itself stands. */
export const WorkflowStatus = z.enum(['created', 'active', 'paused', 'archived']);
export type WorkflowStatus = z.infer<typeof WorkflowStatus>;

/** Whether it may be executed by hand. */
export const isExecutableWorkflow = (status: WorkflowStatus): boolean => status === 'created' || status === 'active';

/** Answer of `POST /workflows`. */
export const CreatedWorkflow = z.object({
  id: z.string().meta({ example: 'wf_customer_churn_pipeline_k3v9x2' }),
  name: z.string(),
  version: z.string(),
  status: WorkflowStatus,
  validation_results: z.object({
    steps_valid: z.boolean(),
    dependencies_resolved: z.boolean(),
    plugins_available: z
      .boolean()
      .describe('False when a plugin is known but unconfigured or offline; next_steps says what to do.'),
    schedule_valid: z.boolean(),
  }),
  estimated_cost: z.object({
    compute_hours: z.number().nullable().describe('Null without a basis for an estimate.'),
    estimated_usd: z.number().nullable().describe('US dollars; null without a price.'),
  }),
  next_steps: z.array(z.string()),
});
export type CreatedWorkflow = z.infer<typeof CreatedWorkflow>;

/** The newest execution of a workflow, in a list. */
export const LastExecution = z.object({
  execution_id: z.string(),
  status: ExecutionStatus,
  started_at: Timestamp.nullable(),
  completed_at: Timestamp.nullable(),
  duration_seconds: z.number().nullable(),
});
export type LastExecution = z.infer<typeof LastExecution>;

/** A workflow in a list. */
export const WorkflowListItem = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  status: WorkflowStatus,
  description: z.string(),
  created_by: z.string(),
  created_at: Timestamp,
  last_execution: LastExecution.nullable(),
  metrics: z.object({
    total_executions: z.int(),
    success_rate: z.number().nullable().describe('completed / (completed + failed + timed_out), 3 decimals.'),
    avg_duration_seconds: z.number().nullable().describe('Over completed executions.'),
  }),
  tags: z.array(z.string()),
});
export type WorkflowListItem = z.infer<typeof WorkflowListItem>;

/** A workflow with the definition of its newest version. */
export const Workflow = WorkflowListItem.extend({
  updated_at: Timestamp,
  steps: z.array(Step),
  schedule: CronSchedule.nullable(),
  notifications: Notifications.nullable(),
  timeout: z.string().nullable(),
});
export type Workflow = z.infer<typeof Workflow>;

/** Input of `GET /workflows/{workflow_id}`. */
export const GetWorkflowInput = z.strictObject({ workflow_id: z.string().max(200) });
export type GetWorkflowInput = z.infer<typeof GetWorkflowInput>;

/** Input of `GET /workflows`. */
export const ListWorkflowsInput = PageInput.extend({
  status: z
    .enum(['active', 'paused', 'completed', 'failed'])
    .optional()
    .describe("active and paused: the workflow's own status; completed and failed: how its last execution ended."),
  created_by: z.string().max(200).optional().describe('Id of the creator.'),
  tags: z
    .array(z.string().max(LIMITS.tag))
    .max(LIMITS.tags)
    .optional()
    .describe('Workflows that have all of these; repeat the parameter or separate by commas.'),
});
export type ListWorkflowsInput = z.infer<typeof ListWorkflowsInput>;

/** Answer of `GET /workflows`: newest first. */
export const WorkflowList = z.object({ data: z.array(WorkflowListItem), pagination: Pagination });
export type WorkflowList = z.infer<typeof WorkflowList>;
