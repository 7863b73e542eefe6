import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { advance } from '../../../shared/domain/advance.ts';
import { createState, type ExecutionState } from '../../../shared/domain/execution-state.ts';
import { renderExecution } from '../../../shared/domain/execution-view.ts';
import { AppError } from '../../../shared/errors.ts';
import type { StartPayload } from '../../../shared/schemas/command.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Execution, OutputRef } from '../../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../../shared/schemas/execution-status.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import type { LogUpdate, Update } from '../../../shared/schemas/update.ts';
import type { EdgeStore, UpdatePoster } from '../../../worker-node/activities/deps.ts';

interface KeptExecution {
  state: ExecutionState;
  plan: Plan;
  /** All that came, in order. */
  updates: Update[];
  /** What came since the state was last advanced. */
  untaken: Update[];
  logs: LogUpdate[];
  events: ExecutionEvent[];
}

/** The edge as the worker sees it, in this process: it applies updates by the shared rules, and can be away. */
export interface TestEdge extends UpdatePoster, EdgeStore {
  create(payload: StartPayload, plan: Plan): void;
  /** False: it answers nothing, and what is posted waits. */
  reachable: boolean;
  /** True: it refuses results for good. */
  refusesResults: boolean;
  /** Attempts that it wants no more. */
  readonly withdrawn: Set<string>;
  readonly stored: Map<string, string>;
  /** Pages that runs of a chain hand to each other, by `{execution}/{attempt}/{run}/{page}`. */
  readonly chainPages: Map<string, string>;
  of(executionId: string): KeptExecution;
  view(executionId: string): Execution;
  /** Resolves when `ready` holds for the execution; looked at after every batch of updates. */
  until(executionId: string, ready: (execution: Execution) => boolean): Promise<Execution>;
  ended(executionId: string): Promise<Execution>;
}

export function createTestEdge(): TestEdge {
  const executions = new Map<string, KeptExecution>();
  const stored = new Map<string, string>();
  const chainPages = new Map<string, string>();
  const withdrawn = new Set<string>();
  const listeners = new Set<() => void>();
  let waiting: { executionId: string; updates: readonly Update[]; logs: readonly LogUpdate[] }[] = [];
  let reachable = true;

  function of(executionId: string): KeptExecution {
    const kept = executions.get(executionId);
    if (!kept) throw new Error(`no execution ${executionId}`);
    return kept;
  }

  function take(executionId: string, updates: readonly Update[], logs: readonly LogUpdate[]): void {
    const kept = executions.get(executionId);
    // Of an earlier test, whose worker still had something to say.
    if (!kept || withdrawn.has(executionId)) return;
    kept.updates.push(...updates);
    kept.logs.push(...logs);
    kept.untaken.push(...updates);
    // Together, as the poster brings them: each turn costs as much as the execution has steps.
    if (kept.untaken.length === updates.length) setTimeout(() => apply(kept), 5);
  }

  function apply(kept: KeptExecution): void {
    kept.events.push(...advance(kept.state, kept.untaken.splice(0), new Date().toISOString()).events);
    for (const listener of listeners) listener();
  }

  const unknown = (executionId: string) => new AppError('EXECUTION_NOT_FOUND', `${executionId} is not there.`);
  const refuse = () => new AppError('UNAVAILABLE', 'The edge is away.');
  const changed = () =>
    new Promise<void>((resolve) => {
      const listener = () => {
        listeners.delete(listener);
        resolve();
      };
      listeners.add(listener);
    });

  const edge: TestEdge = {
    withdrawn,
    stored,
    chainPages,
    of,
    create(payload, plan) {
      const { execution, workflow, parameters } = payload.context;
      const header = {
        execution_id: execution.id,
        workflow_id: workflow.id,
        workflow_version: workflow.version,
        execution_name: execution.name,
        priority: payload.priority,
        parameters,
        triggered_by: { type: 'api' as const, actor: 'test' },
        created_at: execution.created_at,
        scheduled_at: execution.scheduled_at,
        estimated_completion: null,
        execution_url: null,
        steps: plan.steps.map(({ id, plugin, operation, depends_on }) => ({ id, plugin, operation, depends_on })),
      };
      const state = createState(header, execution.created_at);
      executions.set(execution.id, { state, plan, updates: [], untaken: [], logs: [], events: [] });
    },
    refusesResults: false,
    get reachable() {
      return reachable;
    },
    set reachable(value) {
      reachable = value;
      if (!value) return;
      const batches = waiting;
      waiting = [];
      for (const { executionId, updates, logs } of batches) take(executionId, updates, logs);
      for (const listener of listeners) listener();
    },
    view: (executionId) => renderExecution(of(executionId).state),
    async until(executionId, ready) {
      for (;;) {
        const execution = renderExecution(of(executionId).state);
        if (ready(execution)) return execution;
        await changed();
      }
    },
    ended: (executionId) => edge.until(executionId, ({ status }) => isTerminalExecution(status)),
    post(executionId, _attempt, updates, logs) {
      if (reachable) take(executionId, updates, logs);
      else waiting.push({ executionId, updates, logs });
    },
    async publish(executionId, _attempt, updates) {
      if (!reachable) throw refuse();
      if (edge.refusesResults && updates.some(({ type }) => type === 'result'))
        throw new AppError('VALIDATION_ERROR', 'a result update has over 65536 bytes for one step');
      take(executionId, updates, []);
      return withdrawn.has(executionId) ? 'gone' : 'ok';
    },
    async confirm(executionId, _attempt, signal) {
      while (!reachable) await Promise.race([changed(), once(signal, 'abort')]).then(() => signal.throwIfAborted());
      return withdrawn.has(executionId) ? 'gone' : 'ok';
    },
    async putOutput({ executionId, attempt, stepId, try: number }, json): Promise<OutputRef> {
      if (!reachable) throw refuse();
      const $ref = `output://${executionId}/${attempt}/${stepId}/${number}`;
      stored.set($ref, json);
      return { $ref, size: Buffer.byteLength(json), sha256: createHash('sha256').update(json).digest('hex') };
    },
    async getOutput({ $ref }): Promise<JsonValue> {
      if (!reachable) throw refuse();
      const json = stored.get($ref);
      if (json === undefined) throw new AppError('OUTPUT_NOT_FOUND', `${$ref} is not there.`);
      return JSON.parse(json);
    },
    async getPlan(executionId) {
      if (!reachable) throw refuse();
      return of(executionId).plan;
    },
    async putChainPage({ executionId, attempt, run, page }, json) {
      if (!reachable) throw refuse();
      if (withdrawn.has(executionId)) throw unknown(executionId);
      chainPages.set([executionId, attempt, run, page].join('/'), json);
    },
    async getChainPage({ executionId, attempt, run, page }) {
      if (!reachable) throw refuse();
      const json = chainPages.get([executionId, attempt, run, page].join('/'));
      if (json === undefined) throw unknown(executionId);
      return JSON.parse(json);
    },
  };
  return edge;
}
