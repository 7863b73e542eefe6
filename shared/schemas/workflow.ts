import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { ExecutionStatus } from './execution-status.ts';
import { ExecutionId, WorkflowId } from './ids.ts';
import { JsonObject } from './json.ts';
import { PageInput, Pagination } from './pagination.ts';
import { Duration, label, prose, Timestamp, tag } from './text.ts';
import { Warnings } from './warning.ts';

/** When a step that failed is tried again. */
export const RetryPolicy = z.strictObject({
  max_attempts: z
    .int()
    .min(1)
    .max(LIMITS.maxAttempts)
    .optional()
    .describe(
      'Tries that may end by themselves (error or timeout), the first included, at most 100. Tries lost with their worker are ' +
        'not counted. Default 1.',
    ),
  initial_interval: Duration.optional().describe('Pause before the second try. Default 1s.'),
  backoff_coefficient: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe('Each further pause is this many times the one before, 1–100. Default 2.'),
  max_interval: Duration.optional().describe('Longest pause between tries. Default 5m.'),
  non_retryable_errors: z
    .array(z.string().min(1).max(200))
    .max(100)
    .optional()
    .describe('Error codes that fail the step at once, at most 100. Default none.'),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** Compute that a step asks for, in the words of its plugin. */
export const Resources = z
  .strictObject({
    min_workers: z.int().min(1).max(100_000).optional().describe('Least number of cluster workers, 1–100,000.'),
    max_workers: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe('Most cluster workers, 1–100,000; at least min_workers.'),
    node_type: label(200).optional().describe('Machine type in the words of the plugin, for example i3.xlarge.'),
    exclusive: z
      .array(label(200))
      .max(100)
      .optional()
      .describe(
        'Names of things that only one active workflow may hold at a time, at most 100. Kept, but nothing is held apart yet. Default none.',
      ),
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
    .describe('Unique within the workflow; at most 128 letters, digits, "_", "." and "-", the first a letter or "_".'),
  plugin: z.string().max(200).describe('Plugin that runs the step, for example duckdb.'),
  operation: z.string().max(200).describe("One of the plugin's operations, for example query."),
  depends_on: z
    .array(z.string().max(200))
    .max(LIMITS.steps)
    .optional()
    .describe('Ids of the steps that must complete first. Default none.'),
  config: JsonObject.optional().describe(
    'Input of the operation, at most 256 KiB as JSON; strings may hold `${{ }}` expressions. Default {}.',
  ),
  retry_policy: RetryPolicy.optional().describe('Default: one try.'),
  timeout: Duration.optional().describe('Time limit of one try, at most 30d. Default 1h; none for core.sleep.'),
  resources: Resources.optional().describe('Compute that the step asks for.'),
});
export type Step = z.infer<typeof Step>;

/** When a workflow starts by itself. What its schema cannot say `validateCron` checks. */
export const CronSchedule = z.strictObject({
  type: z.literal('cron').describe('The one kind of schedule.'),
  expression: z
    .string()
    .max(200)
    .describe(
      'Five fields (minute hour day month weekday), or @hourly, @daily, @weekly, @monthly, @yearly. A range does not end ' +
        'before it begins: FRI-MON is written FRI-SUN,MON. Day and weekday both restricted (not *): days that are either.',
    ),
  timezone: z.string().max(64).optional().describe('IANA name. Default UTC.'),
});
export type CronSchedule = z.infer<typeof CronSchedule>;

const recipients = (when: string) =>
  z
    .array(z.email().max(320))
    .max(LIMITS.recipients)
    .optional()
    .describe(`E-mail addresses told when an execution ${when}, at most ${LIMITS.recipients}. Default none.`);

/** Who is told how an execution ended. */
export const Notifications = z.strictObject({ on_success: recipients('completes'), on_failure: recipients('fails') });
export type Notifications = z.infer<typeof Notifications>;

/** The expression that semver.org suggests. */
const SEMANTIC_VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;

/** A workflow as a user writes it. */
export const WorkflowDefinition = z.strictObject({
  name: label(LIMITS.name).describe(`A label of at most ${LIMITS.name} characters; need not be unique.`),
  version: z
    .string()
    .max(100)
    .regex(SEMANTIC_VERSION, 'must be a semantic version such as 1.0.0')
    .optional()
    .describe('Semantic version. Default 1.0.0.'),
  description: prose(LIMITS.description)
    .optional()
    .describe('What it is for, in at most 10,000 characters. Default empty.'),
  steps: z.array(Step).min(1).max(LIMITS.steps).describe('The DAG, of 1 to 10,000 steps.'),
  schedule: CronSchedule.optional().describe(
    'When it starts by itself, once the workflow is active. Kept, but nothing fires yet.',
  ),
  notifications: Notifications.optional().describe(
    'Who is told how an execution ended. Kept, but nothing is sent yet.',
  ),
  tags: z
    .array(tag(LIMITS.tag))
    .max(LIMITS.tags)
    .optional()
    .describe(`Labels to filter by, at most ${LIMITS.tags} of ${LIMITS.tag} characters. Default none.`),
  timeout: Duration.optional().describe('Time limit of a whole execution, at most 365d. Default none.'),
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
  id: WorkflowId,
  name: z.string().describe('Its label.'),
  version: z.string().describe('Semantic version.'),
  status: WorkflowStatus.describe('`created` or `active`: it may be executed by hand.'),
  validation_results: z
    .object({
      steps_valid: z.boolean().describe('Whether every step, config and expression is sound.'),
      dependencies_resolved: z
        .boolean()
        .describe('Whether the steps form a DAG, and expressions read only upstream steps.'),
      plugins_available: z
        .boolean()
        .describe('False when a plugin is known but unconfigured or offline; next_steps says what to do.'),
      schedule_valid: z.boolean().describe('Whether the schedule, if there is one, fires.'),
    })
    .describe('What was checked. A workflow that is stored has only true ones, but for plugins_available.'),
  estimated_cost: z
    .object({
      compute_hours: z.number().nullable().describe('Null without a basis for an estimate.'),
      estimated_usd: z.number().nullable().describe('US dollars; null without a price.'),
    })
    .describe('Of one execution.'),
  next_steps: z.array(z.string()).describe('What to do next, for people.'),
  warnings: Warnings,
});
export type CreatedWorkflow = z.infer<typeof CreatedWorkflow>;

/** The newest execution of a workflow, in a list. */
export const LastExecution = z.object({
  execution_id: ExecutionId,
  status: ExecutionStatus.describe('As it stands now.'),
  started_at: Timestamp.nullable().describe('When its run began; null while queued.'),
  completed_at: Timestamp.nullable().describe('When it ended, however; null before.'),
  duration_seconds: z.number().nullable().describe('From started_at to completed_at; null before the end.'),
});
export type LastExecution = z.infer<typeof LastExecution>;

/** A workflow in a list. */
export const WorkflowListItem = z.object({
  id: WorkflowId,
  name: z.string().describe('Its label.'),
  version: z.string().describe('Newest version.'),
  status: WorkflowStatus.describe('`created` or `active`: it may be executed by hand.'),
  description: z.string().describe('What it is for.'),
  created_by: z.string().describe('Owner of the API key that created it.'),
  created_at: Timestamp.describe('When it was created.'),
  last_execution: LastExecution.nullable().describe('The newest one; null before the first.'),
  metrics: z
    .object({
      total_executions: z.int().describe('Executions that were accepted.'),
      success_rate: z
        .number()
        .nullable()
        .describe('completed / (completed + failed + timed_out), 3 decimals; null before the first of them.'),
      avg_duration_seconds: z.number().nullable().describe('Over completed executions; null before the first.'),
    })
    .describe('Over all its executions.'),
  tags: z.array(z.string()).describe('Labels to filter by.'),
});
export type WorkflowListItem = z.infer<typeof WorkflowListItem>;

/** A workflow with the definition of its newest version. */
export const Workflow = WorkflowListItem.extend({
  updated_at: Timestamp.describe('When the newest version was stored.'),
  steps: z.array(Step).describe('The DAG.'),
  schedule: CronSchedule.nullable().describe('When it starts by itself; null without.'),
  notifications: Notifications.nullable().describe('Who is told how an execution ended; null for nobody.'),
  timeout: z.string().nullable().describe('Time limit of a whole execution; null for none.'),
});
export type Workflow = z.infer<typeof Workflow>;

/** Input of `GET /workflows/{workflow_id}`. */
export const GetWorkflowInput = z.strictObject({ workflow_id: WorkflowId });
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
export const WorkflowList = z.object({
  data: z.array(WorkflowListItem).describe('One page, newest first; empty past the end.'),
  pagination: Pagination.describe('Where this page lies.'),
});
export type WorkflowList = z.infer<typeof WorkflowList>;
