import { EventList, ListEventsInput } from '../../shared/schemas/event.ts';
import {
  Execution,
  ExecutionList,
  GetExecutionInput,
  GetOutputInput,
  ListExecutionsInput,
  StepOutput,
  StopExecutionInput,
} from '../../shared/schemas/execution.ts';
import { GetLogsInput, LogPage } from '../../shared/schemas/log.ts';
import { accepts, answers } from './contract.ts';
import { operation, router } from './init.ts';
import { markReplay } from './replay.ts';

export const executionsRouter = router({
  list: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/executions', status: 200 },
    docs: { summary: 'List executions, newest first', tag: 'executions' },
  })
    .input(accepts(ListExecutionsInput))
    .output(answers(ExecutionList))
    .query(({ ctx, input }) => ctx.services.executions.list(ctx.call, input)),

  get: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/executions/{execution_id}', status: 200 },
    docs: { summary: 'Get the state of an execution', tag: 'executions', errors: ['EXECUTION_NOT_FOUND'] },
  })
    .input(accepts(GetExecutionInput))
    .output(answers(Execution))
    .query(({ ctx, input }) => ctx.services.executions.get(ctx.call, input.execution_id)),

  stop: operation({
    scope: 'write',
    rest: { method: 'POST', path: '/v1/workflows/executions/{execution_id}/stop', status: 202 },
    docs: {
      summary: 'Stop an execution',
      description:
        'Answers the execution, which is `stopping` until its steps have ended. One that has ended is answered 202 as ' +
        'well, with its state unchanged; of several stops the first counts, unless a later one is not graceful.',
      tag: 'executions',
      errors: ['EXECUTION_NOT_FOUND', 'CONFLICT'],
      idempotent: true,
    },
  })
    .input(accepts(StopExecutionInput))
    .output(answers(Execution))
    .mutation(async ({ ctx, input }) => markReplay(ctx, await ctx.services.executions.stop(ctx.call, input))),

  logs: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/executions/{execution_id}/logs', status: 200 },
    docs: { summary: 'Read the log of an execution', tag: 'executions', errors: ['EXECUTION_NOT_FOUND'] },
  })
    .input(accepts(GetLogsInput))
    .output(answers(LogPage))
    .query(({ ctx, input }) => ctx.services.executions.logs(ctx.call, input)),

  events: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/executions/{execution_id}/events', status: 200 },
    docs: {
      summary: 'Read the events of an execution after a sequence number',
      tag: 'executions',
      errors: ['EXECUTION_NOT_FOUND'],
    },
  })
    .input(accepts(ListEventsInput))
    .output(answers(EventList))
    .query(({ ctx, input }) => ctx.services.executions.events(ctx.call, input)),

  output: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/workflows/executions/{execution_id}/outputs/{step_id}', status: 200 },
    docs: {
      summary: 'Get the output of a step by value',
      tag: 'executions',
      errors: ['EXECUTION_NOT_FOUND', 'OUTPUT_NOT_FOUND'],
    },
  })
    .input(accepts(GetOutputInput))
    .output(answers(StepOutput))
    .query(({ ctx, input }) => ctx.services.executions.output(ctx.call, input)),
});
