import { z } from 'zod';
import { nestsDeeper } from '../domain/nests-deeper.ts';
import { LIMITS } from '../limits.ts';
import { ExecutionError, StepError, StepProgress, StepUsage, WaitingFor } from './execution.ts';
import { TerminalExecutionStatus, TerminalStepStatus } from './execution-status.ts';
import { JsonObject, JsonValue } from './json.ts';
import { LogLevel } from './log.ts';
import { EngineReach } from './plugin.ts';
import { Timestamp } from './text.ts';

/**
 * Updates: what a worker tells the edge of an execution. They arrive at least once, in any order, possibly repeated;
 * `shared/domain/execution-state` makes them converge. Three kinds of truth:
 * - recorded: the engine's history holds it (a try ended, the execution started). It only rises.
 * - decided: workflow code meant it (queued, retrying, waiting, skipped). A failed workflow task may be decided anew, so the decision
 *   with the later `order` wins.
 * - reported: the running activity says it (started, progress, usage). The larger `n` wins, until the try has ended.
 * After a replay the workflow sends again what it recorded and decided so far, as the same updates.
 */

/** When a decision was made: number of the run in the chain of continue-as-new, history length, ordinal within the activation. */
export const DecisionOrder = z.tuple([z.int(), z.int(), z.int()]);
export type DecisionOrder = z.infer<typeof DecisionOrder>;

const stepId = z.string().min(1).max(128);
/** Number of the activity try, from 1. */
const tryNumber = z.int().min(1);

/** The run of the attempt has begun; recorded. */
export const ExecutionStartedUpdate = z.object({ type: z.literal('execution_started'), at: Timestamp });

/** The engine cannot take the start yet, or this worker cannot read it; it will be tried again. */
export const StartDelayedUpdate = z.object({
  type: z.literal('start_delayed'),
  reason: WaitingFor.shape.reason.extract(['engine_down', 'no_worker']),
  detail: z.string(),
  at: Timestamp,
});

/** Workflow code decided on a step; see DecisionOrder. */
export const StepDecidedUpdate = z.object({
  type: z.literal('step_decided'),
  step_id: stepId,
  status: z.enum(['queued', 'retrying', 'waiting', 'skipped', 'cancelled']),
  /** The try that the decision leads to; 0 for skipped and cancelled, which are decided only of steps that had none. */
  try: z.int().min(0),
  /** When it was made; with waiting: when the try that waits began. */
  at: Timestamp,
  order: DecisionOrder,
  /** With retrying: when the next try is due. */
  next_try_at: Timestamp.optional(),
  /** Why: the failed dependency of a skipped step, how the lost try ended. */
  error: StepError.optional(),
});
export type StepDecidedUpdate = z.infer<typeof StepDecidedUpdate>;

/** A try has begun on a worker; reported. */
export const StepStartedUpdate = z.object({
  type: z.literal('step_started'),
  step_id: stepId,
  try: tryNumber,
  at: Timestamp,
});

/** A running try says how far it is and what it uses; reported, numbered from 0 by `n`. */
export const StepProgressUpdate = z.object({
  type: z.literal('step_progress'),
  step_id: stepId,
  try: tryNumber,
  n: z.int().min(0),
  progress: StepProgress.optional(),
  usage: StepUsage.optional(),
});
export type StepProgressUpdate = z.infer<typeof StepProgressUpdate>;

/** As a store makes them, of a length that lets a hundred of them stand in one record. */
const ARTIFACT_URI = new RegExp(`^[ -~]{1,${LIMITS.artifactUriBytes}}$`);

/** How one step ended, whole. */
export const StepResult = z.object({
  step_id: stepId,
  status: TerminalStepStatus,
  tries: z.int().min(0),
  started_at: Timestamp.nullable(),
  completed_at: Timestamp.nullable(),
  output: JsonValue.nullable()
    .refine((output) => !nestsDeeper(output, LIMITS.jsonDepth), `nested over ${LIMITS.jsonDepth} levels deep`)
    .describe('The value, or an OutputRef; null without.'),
  error: StepError.nullable(),
  usage: StepUsage.nullable(),
  artifacts: z.array(z.string().regex(ARTIFACT_URI)).describe('The first of the files that it stored, or all.'),
  artifact_count: z.int().min(0).optional().describe('How many it stored; absent when `artifacts` names all.'),
});
export type StepResult = z.infer<typeof StepResult>;

/** A try ended by itself and another will follow. */
export const StepTryFailedUpdate = z.object({
  type: z.literal('step_try_failed'),
  step_id: stepId,
  try: tryNumber,
  started_at: Timestamp,
  at: Timestamp,
  error: StepError,
});

/** The step ended for good, as history has it. */
export const StepEndedUpdate = z.object({ type: z.literal('step_ended'), result: StepResult });

/** The authoritative end, from publish-result: the whole final state in `pages` pages, each at most 1 MiB. */
export const ResultUpdate = z.object({
  type: z.literal('result'),
  status: TerminalExecutionStatus,
  started_at: Timestamp,
  completed_at: Timestamp,
  error: ExecutionError.nullable(),
  page: z.int().min(0),
  pages: z.int().min(1),
  steps: z.array(StepResult),
});
export type ResultUpdate = z.infer<typeof ResultUpdate>;

/** The engine closed the run without a result (terminated in its UI, timed out, lost). */
export const ClosedUpdate = z.object({
  type: z.literal('closed'),
  status: TerminalExecutionStatus,
  at: Timestamp,
  error: ExecutionError.nullable(),
});

/** Any update. */
export const Update = z.discriminatedUnion('type', [
  ExecutionStartedUpdate,
  StartDelayedUpdate,
  StepDecidedUpdate,
  StepStartedUpdate,
  StepProgressUpdate,
  StepTryFailedUpdate,
  StepEndedUpdate,
  ResultUpdate,
  ClosedUpdate,
]);
export type Update = z.infer<typeof Update>;

/** A log entry under way. (source, n) is unique within an execution's attempt, so a repeated one is dropped. */
export const LogUpdate = z.object({
  source: z
    .string()
    .max(200)
    .describe(
      '`{step_id}/{try}`, `…/cleanup/{n}` for its clean-up, or `run` for what the workflow writes. The edge writes `stop` and `truncated`.',
    ),
  n: z.int().min(0),
  timestamp: Timestamp,
  level: LogLevel,
  step_id: z.string().max(200).nullable(),
  plugin: z.string().max(200).nullable(),
  message: z.string(),
  metadata: JsonObject,
});
export type LogUpdate = z.infer<typeof LogUpdate>;

/** Updates and log entries of one attempt, in the order in which they happened. */
export const UpdateBatch = z.object({
  execution_id: z.string().max(200),
  attempt: z.int().min(1),
  updates: z.array(Update),
  logs: z.array(LogUpdate),
});
export type UpdateBatch = z.infer<typeof UpdateBatch>;

/** Body of `POST /internal/updates`. At most one batch per execution and attempt. */
export const PostUpdatesInput = z.object({ worker_id: z.string().max(200), batches: z.array(UpdateBatch).max(1_000) });
export type PostUpdatesInput = z.infer<typeof PostUpdatesInput>;

/**
 * The edge's answer per batch, in the order of the batches. `ok`: stored. `retry`: post it again later.
 * `gone`: this attempt is unknown or withdrawn; the worker ends the run.
 */
export const UpdateAnswer = z.enum(['ok', 'retry', 'gone']);
export type UpdateAnswer = z.infer<typeof UpdateAnswer>;

/** Answer of `POST /internal/updates`. */
export const PostUpdatesOutput = z.object({ answers: z.array(UpdateAnswer) });
export type PostUpdatesOutput = z.infer<typeof PostUpdatesOutput>;

/** Body of `POST /internal/living`: executions that run on this worker, every 10 s. */
export const PostLivingInput = z.object({
  worker_id: z.string().max(200),
  engine: EngineReach,
  executions: z
    .array(
      z.object({
        execution_id: z.string().max(200),
        attempt: z.int().min(1),
        /** Nothing is to be expected of it before then (a waiting workflow). */
        quiet_until: Timestamp.optional(),
      }),
    )
    .max(10_000),
});
export type PostLivingInput = z.infer<typeof PostLivingInput>;
