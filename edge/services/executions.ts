import { firstFailedStep } from '../../shared/domain/first-failed-step.ts';
import { mendJson } from '../../shared/domain/mend-json.ts';
import { toUtc } from '../../shared/domain/time.ts';
import { quote } from '../../shared/domain/violations.ts';
import { AppError } from '../../shared/errors.ts';
import type { EventList, ListEventsInput } from '../../shared/schemas/event.ts';
import type {
  ExecuteWorkflowInput,
  Execution,
  ExecutionList,
  GetOutputInput,
  ListExecutionsInput,
  StartedExecution,
  StepOutput,
  StopExecutionInput,
} from '../../shared/schemas/execution.ts';
import type { GetLogsInput, LogPage } from '../../shared/schemas/log.ts';
import type { Warning } from '../../shared/schemas/warning.ts';
import type { ExecutionApi } from '../durable/execution-api.ts';
import { listExecutions } from '../repositories/execution-lists.ts';
import type { Call } from './caller.ts';
import { makeOnce, type Replayable } from './idempotency.ts';
import { canBeExecutionId, timeOrderedId } from './ids.ts';
import { badCursor, decodeCursor, encodeCursor } from './list-cursor.ts';
import { prepareStart, type StartDeps } from './start-execution.ts';

/** How long a start with `async: false` holds its answer. */
const HOLD_MS = 60_000;
const DEFAULT_LIMIT = 20;
const DEFAULT_EVENTS = 100;

/** Every method throws EXECUTION_NOT_FOUND for an execution that is not in the caller's workspace. */
export interface ExecutionService {
  /** Accepts an execution; with `async: false` answers once it has ended, or as it is after 60 s. See prepareStart for errors. */
  start(call: Call, input: ExecuteWorkflowInput): Promise<Replayable<StartedExecution>>;
  get(call: Call, id: string): Promise<Execution>;
  list(call: Call, input: ListExecutionsInput): Promise<ExecutionList>;
  stop(call: Call, input: StopExecutionInput): Promise<Replayable<Execution>>;
  logs(call: Call, input: GetLogsInput): Promise<LogPage>;
  events(call: Call, input: ListEventsInput): Promise<EventList>;
  /** Throws OUTPUT_NOT_FOUND for an unknown step and for one without an output. */
  output(call: Call, input: GetOutputInput): Promise<StepOutput>;
}

/** What the use cases of executions are told. */
export interface ExecutionServiceDeps extends StartDeps {
  executionOf(workspaceId: string, executionId: string): ExecutionApi;
}

/** The use cases of executions. Each execution answers for itself; lists come from the index. */
export function createExecutionService(deps: ExecutionServiceDeps): ExecutionService {
  const { db, executionOf } = deps;

  /** Asks the execution; what it does not know of is not found. */
  async function ask<T>({ caller }: Call, id: string, question: (execution: ExecutionApi) => Promise<T | null>) {
    const answer = canBeExecutionId(id) ? await question(executionOf(caller.workspaceId, id)) : null;
    if (answer === null) throw executionNotFound(id);
    return answer;
  }

  return {
    start: (call, input) => {
      const { async = true } = input;
      const of = (id: string) => executionOf(call.caller.workspaceId, id);
      return makeOnce(db, call, {
        operation: 'workflows.execute',
        input,
        newId: () => timeOrderedId('exec', call.now),
        async prepare() {
          const createInput = await prepareStart(deps, call, input);
          return async (id) => {
            const create = createInput(id);
            const { execution } = await of(id).create(create);
            return renderStart(async ? execution : ((await of(id).awaitEnd(HOLD_MS)) ?? execution), create.warnings);
          };
        },
        async find(id) {
          const found = await (async ? of(id).get() : of(id).awaitEnd(HOLD_MS));
          return found && renderStart(found, (await of(id).warnings()) ?? []);
        },
        notFound: executionNotFound,
      });
    },

    get: (call, id) => ask(call, id, (execution) => execution.get()),

    async list({ caller }, { limit = DEFAULT_LIMIT, cursor, from, to, workflow_id, ...filter }) {
      const rows = await listExecutions(
        db,
        {
          ...filter,
          workspaceId: caller.workspaceId,
          workflowId: workflow_id,
          from: utc(from),
          to: utc(to),
          after: cursor === undefined ? undefined : decodeCursor(cursor),
        },
        limit + 1,
      );
      const data = rows.slice(0, limit);
      const last = data.at(-1);
      const has_next = rows.length > limit;
      const next_cursor = has_next && last ? encodeCursor({ createdAt: last.created_at, id: last.execution_id }) : null;
      return { data, pagination: { limit, has_next, next_cursor } };
    },

    stop: (call, input) => {
      const { execution_id, ...request } = input;
      const get = (id: string) => ask(call, id, (execution) => execution.get());
      return makeOnce(db, call, {
        operation: 'executions.stop',
        input,
        newId: () => execution_id,
        async prepare() {
          // Without a key the stop itself says that there is no such execution.
          if (call.idempotencyKey !== null) await get(execution_id);
          return (id) => ask(call, id, (execution) => execution.stop(request));
        },
        find: get,
        notFound: executionNotFound,
        changes: true,
      });
    },

    async logs(call, { execution_id, start_time, end_time, ...query }) {
      const page = await ask(call, execution_id, (execution) =>
        execution.logs({ ...query, start_time: utc(start_time), end_time: utc(end_time) }),
      );
      if (page === 'bad_cursor') throw badCursor();
      return page;
    },

    async events(call, { execution_id, after_seq = 0, limit = DEFAULT_EVENTS }) {
      const { events, more } = await ask(call, execution_id, (execution) => execution.events(after_seq, limit));
      return { data: events, pagination: { limit, has_next: more, next_after_seq: events.at(-1)?.seq ?? after_seq } };
    },

    async output(call, { execution_id, step_id }) {
      const answer = await ask(call, execution_id, (execution) => execution.output(step_id));
      if (answer === 'unknown_step') throw new AppError('OUTPUT_NOT_FOUND', `there is no step ${quote(step_id)}`);
      if (answer === 'no_output') throw new AppError('OUTPUT_NOT_FOUND', `step ${quote(step_id)} has no output`);
      return { execution_id, step_id, output: JSON.parse(mendJson(new TextDecoder().decode(answer.json))) };
    },
  };
}

const executionNotFound = (id: string) => new AppError('EXECUTION_NOT_FOUND', `there is no execution ${quote(id)}`);

function renderStart(execution: Execution, warnings: Warning[]): StartedExecution {
  const { step_details: _, ...summary } = execution;
  return { ...summary, failed_step: firstFailedStep(execution), warnings };
}

/** Of a time that its schema has checked. */
const utc = (time: string | undefined) => (time === undefined ? undefined : (toUtc(time) ?? undefined));
