import type { DefinitionCheck } from '../../shared/domain/validate-definition.ts';
import type { Warning } from '../../shared/schemas/warning.ts';
import type {
  CreatedWorkflow,
  LastExecution,
  Workflow,
  WorkflowDefinition,
  WorkflowListItem,
} from '../../shared/schemas/workflow.ts';
import type { WorkflowRow } from '../repositories/workflows.ts';

/** A workflow as lists show it. */
export function renderListItem(workflow: WorkflowRow, last: LastExecution | null): WorkflowListItem {
  const { id, name, version, status, description, created_by, created_at, tags } = workflow;
  const { total_executions, completed_executions, failed_executions, timed_out_executions, completed_seconds } =
    workflow;
  const ended = completed_executions + failed_executions + timed_out_executions;
  return {
    ...{ id, name, version, status, description, created_by, created_at, tags },
    last_execution: last,
    metrics: {
      total_executions,
      success_rate: ratio(completed_executions, ended),
      avg_duration_seconds: ratio(completed_seconds, completed_executions),
    },
  };
}

/** A workflow as GET answers it. */
export function renderWorkflow(
  workflow: WorkflowRow,
  last: LastExecution | null,
  { steps, schedule, notifications, timeout }: WorkflowDefinition,
): Workflow {
  return {
    ...renderListItem(workflow, last),
    updated_at: workflow.updated_at,
    steps,
    schedule: schedule ?? null,
    notifications: notifications ?? null,
    timeout: timeout ?? null,
  };
}

/** What create answers: also for a repeated request, from the stored row. */
export function renderCreated(
  { id, name, version, status }: Pick<WorkflowRow, 'id' | 'name' | 'version' | 'status'>,
  definition: WorkflowDefinition,
  check: DefinitionCheck,
  warnings: Warning[],
): CreatedWorkflow {
  return {
    ...{ id, name, version, status },
    validation_results: check.results,
    // A new workflow has no executions yet to estimate from.
    estimated_cost: { compute_hours: null, estimated_usd: null },
    next_steps: [
      ...check.unavailable.map(({ plugin, reason }) => `Make plugin ${plugin} available: ${reason}`),
      ...notYet(definition),
      `Test the workflow with a manual execution: POST /v1/workflows/${id}/execute`,
    ],
    warnings,
  };
}

/** What of a definition is kept for later: nobody should rely on it now. */
function notYet({ schedule, notifications, steps }: WorkflowDefinition): string[] {
  return [
    ...(schedule ? ['Schedules do not fire yet: this one is kept until they do'] : []),
    ...(notifications ? ['Notifications are not sent yet: the recipients are kept until they are'] : []),
    ...(steps.some(({ resources }) => (resources?.exclusive ?? []).length > 0)
      ? ['Exclusive resources are not held yet: steps that name the same one may run at once']
      : []),
  ];
}

/** Three decimals; null without a basis. */
const ratio = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 1_000) / 1_000;
