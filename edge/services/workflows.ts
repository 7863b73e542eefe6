import { validateDefinition } from '../../shared/domain/validate-definition.ts';
import { validateParts } from '../../shared/domain/validate-parts.ts';
import { mostImportant, quote, toViolations } from '../../shared/domain/violations.ts';
import { AppError, violationsError } from '../../shared/errors.ts';
import { ExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { Warning } from '../../shared/schemas/warning.ts';
import {
  type CreatedWorkflow,
  CreateWorkflowInput,
  type ListWorkflowsInput,
  type Workflow,
  type WorkflowDefinition,
  type WorkflowList,
  WorkflowStatus,
} from '../../shared/schemas/workflow.ts';
import type { Database } from '../repositories/database.ts';
import {
  countWorkflows,
  findNamesake,
  findWorkflow,
  insertWorkflow,
  listWorkflows,
  type WorkflowFilter,
  type WorkflowRow,
} from '../repositories/workflows.ts';
import type { Call } from './caller.ts';
import { findCatalogue } from './catalogue.ts';
import type { Definitions } from './definitions.ts';
import { makeOnce, type Replayable } from './idempotency.ts';
import { workflowId } from './ids.ts';
import { renderCreated, renderListItem, renderWorkflow } from './workflow-view.ts';

const DEFAULT_VERSION = '1.0.0';
const DEFAULT_LIMIT = 20;

/** The use cases of workflows. */
export interface WorkflowService {
  /** Checks and stores a definition. Throws VALIDATION_ERROR, STEP_DEPENDENCY_ERROR, PLUGIN_UNAVAILABLE, RESOURCE_INSUFFICIENT, CONFLICT. */
  create(call: Call, input: WorkflowDefinition): Promise<Replayable<CreatedWorkflow>>;
  /** All that is wrong with an input of `create` that its schema refuses; null for one that it takes. */
  refusal(call: Call, input: unknown): Promise<AppError | null>;
  /** One page, newest first; a page past the end is empty. */
  list(call: Call, input: ListWorkflowsInput): Promise<WorkflowList>;
  /** Throws WORKFLOW_NOT_FOUND. */
  get(call: Call, id: string): Promise<Workflow>;
}

/** The use cases of workflows, on D1 and the store of large definitions. */
export function createWorkflowService(deps: { db: Database; definitions: Definitions }): WorkflowService {
  const { db, definitions } = deps;

  const checkDefinition = async (call: Call, definition: WorkflowDefinition) =>
    validateDefinition(definition, await findCatalogue(db, call));

  const warningsOf = async (workflow: Pick<WorkflowRow, 'id' | 'workspace_id' | 'name'>): Promise<Warning[]> => {
    const first = await findNamesake(db, workflow).get();
    return first ? [nameInUse(workflow.name, first.id)] : [];
  };

  return {
    create: (call, input) =>
      makeOnce(db, call, {
        operation: 'workflows.create',
        input,
        newId: () => workflowId(input.name),
        async prepare() {
          const check = await checkDefinition(call, input);
          if (check.violations.length > 0) throw violationsError(check.violations);
          return async (id) => {
            const { name, version = DEFAULT_VERSION, description = '', tags = [] } = input;
            const address = { workspaceId: call.caller.workspaceId, workflowId: id, version };
            const workflow = {
              ...{ id, name, version, description },
              workspace_id: call.caller.workspaceId,
              status: WorkflowStatus.enum.created,
              tags: [...new Set(tags)],
              created_by: call.caller.owner,
              created_at: call.now,
            };
            await insertWorkflow(db, workflow, await definitions.store(address, input));
            return renderCreated(workflow, input, check, await warningsOf(workflow));
          };
        },
        async find(id) {
          const found = await findWorkflow(db, call.caller.workspaceId, id).get();
          if (!found) return null;
          const check = await checkDefinition(call, input);
          return renderCreated(found.workflow, input, check, await warningsOf(found.workflow));
        },
        notFound: workflowNotFound,
      }),

    async refusal(call, input) {
      const { error } = CreateWorkflowInput.safeParse(input);
      if (!error) return null;
      const ofSchema = toViolations({ issues: error.issues, value: input }, CreateWorkflowInput);
      const ofParts = validateParts(input, await findCatalogue(db, call));
      return violationsError(mostImportant([...ofSchema, ...ofParts]));
    },

    async list({ caller }, { page = 1, limit = DEFAULT_LIMIT, status, created_by, tags = [] }) {
      const own = WorkflowStatus.safeParse(status).data;
      const filter: WorkflowFilter = {
        workspaceId: caller.workspaceId,
        status: own,
        // What is no status of a workflow is one of its last execution.
        outcome: own === undefined ? ExecutionStatus.optional().parse(status) : undefined,
        createdBy: created_by,
        tags: [...new Set(tags)],
      };
      const [rows, [count]] = await db.batch([
        listWorkflows(db, filter, { limit, offset: (page - 1) * limit }),
        countWorkflows(db, filter),
      ]);
      const total = count?.total ?? 0;
      return {
        data: rows.map(({ workflow, last }) => renderListItem(workflow, last)),
        pagination: { page, limit, total, has_next: page * limit < total },
      };
    },

    async get({ caller }, id) {
      const found = await findWorkflow(db, caller.workspaceId, id).get();
      if (!found) throw workflowNotFound(id);
      const { workflow, definition, last } = found;
      const address = { workspaceId: caller.workspaceId, workflowId: id, version: workflow.version };
      return renderWorkflow(workflow, last, await definitions.load(address, definition));
    },
  };
}

const nameInUse = (name: string, first: string): Warning => ({
  code: 'NAME_IN_USE',
  path: 'name',
  message: `${first} is named ${quote(name)} too and was there before: this is a second workflow, told apart by its id alone`,
});

/** WORKFLOW_NOT_FOUND, also for a workflow of another workspace. */
export const workflowNotFound = (id: string) => new AppError('WORKFLOW_NOT_FOUND', `there is no workflow ${quote(id)}`);
