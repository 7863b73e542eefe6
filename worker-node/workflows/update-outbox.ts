import { proxySinks, workflowInfo } from '@temporalio/workflow';
import type { RunContext } from '../../shared/schemas/command.ts';
import type { LogLevel } from '../../shared/schemas/log.ts';
import type { PlanStep } from '../../shared/schemas/plan.ts';
import type { LogUpdate, StepDecidedUpdate, Update } from '../../shared/schemas/update.ts';
import type { PipelineSinks } from './contract.ts';

/** What the workflow has to say to the edge, gathered until the end of a workflow task. */
export interface UpdateOutbox {
  /** Says a decision, made now unless it says when, and answers it with its place in the order of decisions. */
  decide(decision: Omit<StepDecidedUpdate, 'type' | 'at' | 'order'> & { at?: string }): StepDecidedUpdate;
  /** Says what history has recorded. */
  record(update: Update): void;
  /** `step`: what the entry is about; without, the execution itself. */
  log(level: LogLevel, message: string, step?: Pick<PlanStep, 'id' | 'plugin'>): void;
  /** Hands all of it over; while replaying, drops it. */
  flush(): void;
  /** True in the first live activation after a replay: then everything is said again, since nobody knows what of it arrived. */
  owesSnapshot(): boolean;
  /** Log entries written so far. */
  logs(): number;
}

export interface UpdateOutboxOptions {
  context: RunContext;
  /** Number of this run in the chain. */
  run: number;
  /** Log entries that earlier runs of the chain have written. */
  logs: number;
  /** Everything recorded and decided so far. */
  snapshot(): Update[];
  /** When the workflow goes on by itself, if it only waits for timers. */
  quietUntil(): string | null;
}

const { updates: sink } = proxySinks<PipelineSinks>();

export function createUpdateOutbox(options: UpdateOutboxOptions): UpdateOutbox {
  const { execution } = options.context;
  let updates: Update[] = [];
  let logs: LogUpdate[] = [];
  let written = options.logs;
  let replayed = false;
  // The ordinal of a decision starts again with each workflow task, so that one decided anew gets the same.
  let task = 0;
  let ordinal = 0;

  const replaying = () => workflowInfo().unsafe.isReplaying;
  const now = () => new Date().toISOString();

  return {
    decide(decision) {
      const { historyLength } = workflowInfo();
      if (historyLength !== task) {
        task = historyLength;
        ordinal = 0;
      }
      const update: StepDecidedUpdate = {
        type: 'step_decided',
        at: now(),
        ...decision,
        order: [options.run, task, ordinal++],
      };
      updates.push(update);
      return update;
    },
    record(update) {
      updates.push(update);
    },
    log(level, message, step) {
      logs.push({
        source: 'run',
        n: written++,
        timestamp: now(),
        level,
        step_id: step?.id ?? null,
        plugin: step?.plugin ?? null,
        message,
        metadata: {},
      });
    },
    flush() {
      if (replaying()) replayed = true;
      else if (replayed || updates.length > 0 || logs.length > 0) {
        const batch = { execution_id: execution.id, attempt: execution.attempt };
        sink.send({ ...batch, updates: replayed ? options.snapshot() : updates, logs }, options.quietUntil());
        replayed = false;
      }
      updates = [];
      logs = [];
    },
    owesSnapshot: () => replayed && !replaying(),
    logs: () => written,
  };
}
