import { isOver } from '../../shared/domain/check-step.ts';
import { estimateCompletion } from '../../shared/domain/estimate.ts';
import { createPlan, poolOf } from '../../shared/domain/plan.ts';
import { engineUnreachable, noWorkerConnected } from '../../shared/domain/waiting-for.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { engineWorkflowId } from '../../shared/schemas/command.ts';
import type { ExecuteWorkflowInput, WaitingFor } from '../../shared/schemas/execution.ts';
import { isExecutableWorkflow } from '../../shared/schemas/workflow.ts';
import type { CreateExecutionInput } from '../durable/execution-api.ts';
import type { Database } from '../repositories/database.ts';
import { findExecutionStart } from '../repositories/execution-start.ts';
import type { WorkerRow } from '../repositories/workers.ts';
import type { Call } from './caller.ts';
import { liveWorkers, toCatalogue } from './catalogue.ts';
import type { Definitions } from './definitions.ts';
import { workflowNotFound } from './workflows.ts';

/** What a start is told. */
export interface StartDeps {
  db: Database;
  definitions: Definitions;
  /** Page of an attempt in the engine's UI, with `{namespace}` and `{workflow_id}`; null: as the workers say. */
  executionUrlTemplate: string | null;
}

/**
 * Checks a start and plans it; nothing is stored. Throws WORKFLOW_NOT_FOUND, CONFLICT (the workflow is paused),
 * VALIDATION_ERROR, STEP_DEPENDENCY_ERROR, and with status 503 PLUGIN_UNAVAILABLE, RESOURCE_INSUFFICIENT.
 */
export async function prepareStart(
  { db, definitions, executionUrlTemplate }: StartDeps,
  call: Call,
  input: ExecuteWorkflowInput,
): Promise<(executionId: string) => CreateExecutionInput> {
  const { workspaceId, owner } = call.caller;
  const { workflow_id, parameters = {}, priority = 'normal', execution_name = null } = input;
  if (isOver(parameters, LIMITS.parametersBytes)) throw parametersTooLarge();

  const { found, plugins, workers, stepSeconds } = await findExecutionStart(db, workspaceId, workflow_id);
  if (!found) throw workflowNotFound(workflow_id);
  const { workflow } = found;
  if (!isExecutableWorkflow(workflow.status))
    throw new AppError('CONFLICT', `the workflow is ${workflow.status}, so it cannot be executed`);

  const address = { workspaceId, workflowId: workflow_id, version: workflow.version };
  const definition = await definitions.load(address, found.definition);
  const catalogue = toCatalogue(plugins, workers, call.now);
  const { plan, warnings } = createPlan(definition, input, catalogue);
  const pool = poolOf(plan, catalogue);
  const steps = plan.steps.map(({ id, plugin, operation, depends_on }) => ({ id, plugin, operation, depends_on }));
  const samples = new Map(Object.entries(stepSeconds).map(([id, seconds]) => [id, [seconds]]));
  // All workers of a pool share one engine: the one heard of last knows it, connected or not.
  const engine = workers.find((worker) => worker.pool === pool.name)?.temporal ?? null;

  return (execution_id) => ({
    workspace_id: workspaceId,
    workflow_name: workflow.name,
    pool: pool.name,
    plan,
    warnings,
    header: {
      ...{ execution_id, workflow_id, execution_name, priority, parameters, steps },
      workflow_version: workflow.version,
      triggered_by: { type: 'api', actor: owner },
      created_at: call.now,
      scheduled_at: null,
      estimated_completion: estimateCompletion({ steps, from: call.now }, samples),
      execution_url: executionUrl(engineWorkflowId(execution_id, 1), executionUrlTemplate, engine),
    },
    correlation_id: call.requestId,
    trace_id: call.traceId,
    waiting_for: waitingFor(pool.name, liveWorkers(workers, call.now)),
  });
}

function waitingFor(pool: string, live: readonly WorkerRow[]): WaitingFor | null {
  const workers = live.filter((worker) => worker.pool === pool);
  if (workers.length === 0) return noWorkerConnected(pool);
  return workers.every(({ engine }) => engine === 'down') ? engineUnreachable(pool) : null;
}

function executionUrl(workflowId: string, template: string | null, engine: WorkerRow['temporal'] | null) {
  const page = template ?? (engine?.ui_url ? `${engine.ui_url}/namespaces/{namespace}/workflows/{workflow_id}` : null);
  return (
    page
      ?.replaceAll('{namespace}', encodeURIComponent(engine?.namespace ?? 'default'))
      .replaceAll('{workflow_id}', encodeURIComponent(workflowId)) ?? null
  );
}

const parametersTooLarge = () =>
  violationsError([
    {
      code: 'VALIDATION_ERROR',
      path: 'parameters',
      message: `are over ${LIMITS.parametersBytes} bytes as JSON; pass large data by reference`,
    },
  ]);
