import { ExecuteWorkflowInput, StartedExecution } from '../../shared/schemas/execution.ts';
import {
  CreatedWorkflow,
  CreateWorkflowInput,
  GetWorkflowInput,
  ListWorkflowsInput,
  Workflow,
  WorkflowList,
} from '../../shared/schemas/workflow.ts';
import { accepts, answers } from './contract.ts';
import { operation, router } from './init.ts';
import { markReplay } from './replay.ts';

export const workflowsRouter = router({
  list: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows', status: 200 },
    docs: { summary: 'List workflows, newest first', tag: 'workflows' },
  })
    .input(accepts(ListWorkflowsInput))
    .output(answers(WorkflowList))
    .query(({ ctx, input }) => ctx.services.workflows.list(ctx.call, input)),

  create: operation({
    scope: 'write',
    rest: { method: 'POST', path: '/v1/workflows', status: 201 },
    docs: {
      summary: 'Create a workflow',
      tag: 'workflows',
      errors: ['STEP_DEPENDENCY_ERROR', 'PLUGIN_UNAVAILABLE', 'RESOURCE_INSUFFICIENT', 'CONFLICT'],
      idempotent: true,
    },
  })
    .use(async ({ ctx, next, getRawInput }) => {
      const result = await next();
      const refusal = result.ok ? null : await ctx.services.workflows.refusal(ctx.call, (await getRawInput()) ?? {});
      if (refusal) throw refusal;
      return result;
    })
    .input(accepts(CreateWorkflowInput))
    .output(answers(CreatedWorkflow))
    .mutation(async ({ ctx, input }) => markReplay(ctx, await ctx.services.workflows.create(ctx.call, input))),

  get: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/{workflow_id}', status: 200 },
    docs: {
      summary: 'Get a workflow with the definition of its newest version',
      tag: 'workflows',
      errors: ['WORKFLOW_NOT_FOUND'],
    },
  })
    .input(accepts(GetWorkflowInput))
    .output(answers(Workflow))
    .query(({ ctx, input }) => ctx.services.workflows.get(ctx.call, input.workflow_id)),

  execute: operation({
    scope: 'write',
    rest: { method: 'POST', path: '/v1/workflows/{workflow_id}/execute', status: 202 },
    docs: {
      summary: 'Start an execution of a workflow',
      tag: 'workflows',
      errors: ['WORKFLOW_NOT_FOUND', 'STEP_DEPENDENCY_ERROR', 'CONFLICT'],
      unavailable: ['PLUGIN_UNAVAILABLE', 'RESOURCE_INSUFFICIENT'],
      idempotent: true,
    },
  })
    .input(accepts(ExecuteWorkflowInput))
    .output(answers(StartedExecution))
    .mutation(async ({ ctx, input }) => markReplay(ctx, await ctx.services.executions.start(ctx.call, input))),
});
