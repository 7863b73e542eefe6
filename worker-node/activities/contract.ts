import type { ExpressionContext } from '../../shared/domain/expression-context.ts';
import type { StepError, StepUsage } from '../../shared/schemas/execution.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import type { Plan, PlanStep, StepSpec } from '../../shared/schemas/plan.ts';
import type { ResultUpdate } from '../../shared/schemas/update.ts';
import type { JobHandle } from '../plugins/job-handle.ts';
import type { PackedRecord } from '../workflows/chain-state.ts';

/** What workflow code and activities agree on. All of it is recorded in history: plain JSON, and no larger than needed. */
export interface Activities {
  runStep(input: RunStepInput): Promise<StepSuccess>;
  /** Runs the `cleanup` hook of a stopped try's operation, when it has one. */
  cleanupStep(input: StepInput): Promise<void>;
  /** The config of a step that the workflow performs itself, its expressions resolved. */
  resolveConfig(input: StepInput): Promise<SleepConfig>;
  /** One page of a plan that is too large for the start command. */
  loadPlan(input: LoadPlanInput): Promise<PlanPage>;
  /** Stores one page of records for the next run of the chain. Answers its name; null when the edge wants the attempt no more. */
  saveChain(input: SaveChainInput): Promise<string | null>;
  /** One page of the records that the run before has stored. Fails for good when the edge has it no more. */
  loadChain(input: LoadChainInput): Promise<PackedRecord[]>;
  publishResult(input: PublishResultInput): Promise<'ok' | 'gone'>;
  removeArtifacts(executionId: string): Promise<void>;
}

/** A step, and what its config's expressions read. */
export interface StepInput {
  execution: { id: string; name: string | null; attempt: number; workflow_id: string };
  step: Pick<PlanStep, 'id' | 'plugin' | 'operation' | 'timeout_ms'>;
  /** Null when the plan is too large for history: then it is read from the edge. */
  spec: StepSpec | null;
  /** What the config's expressions read, with outputs by value or as an OutputRef; null when the config holds none. */
  reads: ExpressionContext | null;
  try: number;
  /** Tries of this step that ended by themselves so far, those lost with their worker aside. Absent for none. */
  failed?: number;
  /** The remote job that an earlier try of this step has left. Absent without one. */
  handle?: JobHandle;
  /**
   * The try whose files an artifact URI means, by step that this one can name; 0 for none (yet). A step that is not named
   * counts with its first try, if that completes. Absent when there is nothing to name, or the config can hold no URI.
   */
  counting?: Record<string, number>;
}

export interface RunStepInput extends StepInput {
  /** When the last dependency completed, or the execution started: the try is never said to have started earlier. */
  not_before: string;
  /** Asks the edge whether this attempt is still wanted before anything is done. */
  confirm: boolean;
  /** Outputs up to this many bytes of JSON are answered as they are, larger ones by reference. */
  inline_bytes: number;
}

export interface TryTimes {
  started_at: string;
  completed_at: string;
  usage: StepUsage | null;
  /** The first of the files that it stored. */
  artifacts: string[];
  /** How many it stored, when there are more than `artifacts` names. Absent in older histories. */
  artifact_count?: number;
  /** The try that ended so, when it is an earlier one than was asked for: its end was not heard of. */
  try?: number;
}

export interface StepSuccess extends TryTimes {
  output: JsonValue;
  /** Bytes of the output as JSON when it is answered as it is, 0 for a reference. */
  inline_bytes: number;
}

/**
 * How a try ended that did not complete. `failed`: by itself, by error or timeout. `cancelled`: because the execution
 * stops. `withdrawn`: before anything was done, the edge wants this attempt no more. `lost`: with its worker.
 */
export type TryOutcome = 'failed' | 'cancelled' | 'withdrawn' | 'lost';

/** The one detail of the ApplicationFailure that runStep throws. */
export interface StepFailure extends Omit<TryTimes, 'started_at'> {
  /** Null when nothing was begun, since the execution was stopped before. */
  started_at: string | null;
  outcome: TryOutcome;
  error: StepError;
  /** What a stopped operation has left as its output, and its bytes as in StepSuccess. Absent without. */
  output?: JsonValue;
  inline_bytes?: number;
  /** The remote job that the try has left; of one that failed, only when it never came to ask for it. */
  handle?: JobHandle;
}

/** Details of the heartbeats of a try with a remote job: all that is known of it when the worker is lost. */
export interface HeartbeatDetails {
  handle: JobHandle;
}

/** Config of core.sleep. */
export interface SleepConfig {
  duration_ms: number;
}

export interface LoadPlanInput {
  execution_id: string;
  attempt: number;
  page: number;
}

/** Steps of the plan in order, without their configs. */
export interface PlanPage extends Pick<Plan, 'timeout_ms' | 'steps'> {
  pages: number;
}

export interface SaveChainInput {
  execution_id: string;
  attempt: number;
  /** Number of the run that gets it. */
  run: number;
  records: PackedRecord[];
}

export interface LoadChainInput extends Omit<SaveChainInput, 'records'> {
  /** Its name, as saveChain answered it. */
  page: string;
}

export interface PublishResultInput {
  execution_id: string;
  attempt: number;
  update: ResultUpdate;
}
