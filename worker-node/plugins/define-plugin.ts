import type { z } from 'zod';
import type { StepUsage } from '../../shared/schemas/execution.ts';
import type { JsonObject, JsonValue } from '../../shared/schemas/json.ts';
import type { LogLevel } from '../../shared/schemas/log.ts';
import type { Slot } from '../../shared/schemas/plugin.ts';
import type { JobHandle } from './job-handle.ts';

/** Whether a plugin can run on this worker, and if not, what the operator must do. */
export type Availability = { available: true } | { available: false; reason: string };

/** How an operation failed, as the runner reports and retries it. */
export interface PluginErrorShape {
  /** Upper-case and stable, for `non_retryable_errors` and for programs: `SQL_ERROR`, `QUALITY_GATE_FAILED`. */
  code: string;
  message: string;
  /** False fails the step at once, whatever its retry policy says. */
  retryable: boolean;
  details?: JsonObject;
}

/** What an operation throws to say how it failed. Anything else that it throws goes through the plugin's `mapError`. */
export class PluginError extends Error implements PluginErrorShape {
  override readonly name = 'PluginError';
  readonly code: string;
  readonly retryable: boolean;
  readonly details?: JsonObject;

  constructor({ code, message, retryable, details }: PluginErrorShape, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
    if (details !== undefined) this.details = details;
  }
}

/**
 * What an operation throws when it was told to end and did, in good order, and what it answers is not all of its work: the
 * step of a stopped execution is `cancelled`, and keeps this as its output. After a timeout the output is dropped.
 */
export class StoppedWithOutput extends PluginError {
  readonly output: JsonValue;

  constructor(output: JsonValue) {
    super({ code: 'CANCELLED', message: 'The execution was stopped.', retryable: false });
    this.output = output;
  }
}

/** Files of one step. Names are relative paths (`model.json`, `plots/roc.svg`); URIs are `artifact://{execution}/{step}/{name}`. */
export interface StepArtifacts {
  /** A new empty local folder for this try, removed after it. Throws PluginError TRY_ENDED when the try is over. */
  workdir(): Promise<string>;
  /** Likewise, for temporary files: its path is short enough for sockets below it, and it may be on another disk. */
  tempdir(): Promise<string>;
  /** Likewise, for what passes between an operation and its process: nothing that tidies up the working folder comes by here. */
  controldir(): Promise<string>;
  /**
   * Stores a copy of a local file under `name` and returns its URI; `about` is kept beside it. Storing the same name again
   * replaces both. Other steps can read it once this try has ended, and is the one that counts. At most 1,000 names per try:
   * throws PluginError TOO_MANY_ARTIFACTS past that; TRY_ENDED when the try is over.
   */
  put(name: string, localPath: string, about?: JsonObject): Promise<Artifact>;
  /** As `put`, for a file that nobody writes any more: it is moved instead of copied. */
  take(name: string, localPath: string, about?: JsonObject): Promise<Artifact>;
  /** Local path of an artifact of this execution, for reading only. Throws PluginError ARTIFACT_NOT_FOUND or ARTIFACT_DAMAGED. */
  open(uri: string): Promise<string>;
  /** What is kept beside an artifact of this execution; null without. Throws PluginError ARTIFACT_NOT_FOUND. */
  about(uri: string): Promise<JsonObject | null>;
}

export interface Artifact {
  uri: string;
  name: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** What a running operation gets. Everything an operation does to the world outside goes through here or its own client. */
export interface OperationContext<Config> {
  /** Validated, expressions resolved. */
  config: Config;
  execution: { id: string; name: string | null; attempt: number; workflow_id: string };
  step: { id: string; try: number };
  /** Resources that the step asks for, as in the definition. */
  resources: JsonObject | null;
  /**
   * Aborted when the step is to end: on stop, timeout, or a lost lease. `signal.reason` is a PluginError whose code says
   * which (`CANCELLED`, `TIMEOUT`). After it the operation has `gracePeriodMs` to return or throw.
   */
  signal: AbortSignal;
  /** To be read when the signal has aborted: a stop without grace makes it 0. */
  readonly gracePeriodMs: number;
  /** Aborted when its grace is over, or a second stop has taken it away: an operation that does not answer at once is abandoned. */
  killSignal: AbortSignal;
  /**
   * Says that the work has ended by itself, well or not, and only what it has left is still to be read and stored: no stop,
   * timeout or lost lease that is found from now on changes how the try ends. An operation that needs no time for that
   * returns or throws instead.
   */
  workEnded(): void;
  /**
   * Says that the work has ended after `signal` had aborted, and what it has left is still to be read and stored. There are 30 s
   * for that from now on (1 s after a stop without grace), until `storingSignal` aborts; `killSignal` aborts no more.
   */
  workStopped(): void;
  /** To be read when the work has ended: aborted when an operation that does not answer at once is abandoned. */
  readonly storingSignal: AbortSignal;
  log(level: LogLevel, message: string, metadata?: JsonObject): void;
  /** `percentage` 0–100. The latest call wins; the runner limits the rate. */
  progress(progress: { percentage?: number; current_operation?: string }): void;
  /** Measured or reported use of resources so far; each field given replaces the earlier value. */
  usage(usage: Partial<StepUsage>): void;
  artifacts: StepArtifacts;
  /** The folder that relative paths in configs mean (`WF_PROJECT_DIR`), absolute. Operations read files only below it and in artifacts. */
  projectDir: string;
  /** The worker's own data (`WF_DATA_DIR`), absolute. It may lie in the project folder; no operation reads a file there by its path. */
  dataDir: string;
}

/** An operation that runs in the worker's own process or in a child of it. */
export interface LocalOperation<Config extends z.ZodType = z.ZodType> {
  /** One sentence for the catalogue. */
  summary: string;
  /** An object schema; every field has `.describe()`. `${{ }}` expressions are resolved before it is applied. */
  config: Config;
  /** Shape of what `run` returns, for the catalogue. */
  output: z.ZodType;
  slot: Slot;
  run(ctx: OperationContext<z.output<Config>>): Promise<JsonValue>;
  /**
   * Undoes what a stopped try left outside (remote jobs, temporary tables), after stop with `cleanup_resources`. Called
   * again when the worker is lost during it: what is undone already must be no error.
   */
  cleanup?(ctx: OperationContext<z.output<Config>>): Promise<void>;
}

/** What a remote system says of a job. `failed` ends the try with that error; a job that somebody else cancelled has failed. */
export type JobNews = ({ state: 'running' | 'succeeded' } | { state: 'failed'; error: PluginErrorShape }) & {
  /** As `progress` and `usage` of the context take them. */
  progress?: { percentage?: number; current_operation?: string };
  usage?: Partial<StepUsage>;
};

/**
 * An operation that a remote system runs as a job. The runner submits it, keeps its handle and polls it; a worker that takes
 * over from a lost one goes on polling the same job. A job that it turns away from before the end (stop, timeout, an error
 * that is not retryable) it cancels.
 *
 * Every function is one exchange with the remote system. What it throws tells of that exchange, not of the job: when
 * retryable, the runner asks again, less and less often (`submit` five times in all, `cancel` for 30 s, `poll` and `result`
 * until the step's timeout); otherwise the try fails. `signal` also aborts a `submit` or `poll` after two minutes, to ask
 * again, and a `cancel` after 30 s. A stop or timeout of the step does not abort `submit`: its job must be known to be
 * cancelled.
 */
export interface RemoteOperation<Config extends z.ZodType = z.ZodType, Handle extends JobHandle = JobHandle>
  extends Pick<LocalOperation<Config>, 'summary' | 'config' | 'output'> {
  /**
   * Starts the job. Called again with the same key when nobody knows whether the call before it arrived: then the job that
   * has this key already is answered, and none is started. The key is 64 hexadecimal digits, the same however often the
   * worker is lost, another once a try has failed.
   */
  submit(ctx: OperationContext<z.output<Config>>, idempotencyKey: string): Promise<Handle>;
  poll(ctx: OperationContext<z.output<Config>>, handle: Handle): Promise<JobNews>;
  /** The output of a job that has succeeded. */
  result(ctx: OperationContext<z.output<Config>>, handle: Handle): Promise<JsonValue>;
  /** Asks the job to end. Called again for one that was asked before, or has ended: that is no error. */
  cancel(ctx: OperationContext<z.output<Config>>, handle: Handle): Promise<void>;
  /** As that of a local operation, for what the job leaves behind. The runner cancels the job before it. */
  cleanup?(ctx: OperationContext<z.output<Config>>, handle: Handle): Promise<void>;
  /** Milliseconds before the second poll, and the most between two. Doubled each time, up to half of it less by chance. Default 1 s and 30 s. */
  pollInterval?: { firstMs: number; maxMs: number };
}

/** An operation that a worker runs. */
export type WorkerOperation = LocalOperation | RemoteOperation;

/** An operation that the workflow itself performs, durably and without a worker's slot: `core.sleep`. */
export interface EngineOperation<Config extends z.ZodType = z.ZodType>
  extends Pick<LocalOperation<Config>, 'summary' | 'config' | 'output'> {
  in_engine: true;
}

export type Operation = WorkerOperation | EngineOperation;

export interface Plugin {
  /** `[a-z][a-z0-9_]*`, as in a step's `plugin`. */
  name: string;
  summary: string;
  operations: Readonly<Record<string, Operation>>;
  /** Is it configured and reachable on this worker? Asked once at start, before the plugin is announced. */
  availability(): Promise<Availability>;
  /** Translates what an operation threw (not PluginError) into code and retryability. */
  mapError(error: unknown): PluginErrorShape;
}

/** Types an operation's `run` by its config schema, and lets operations of different configs live in one record. */
export function defineOperation<Config extends z.ZodType>(operation: LocalOperation<Config>): LocalOperation {
  // Widened on purpose: the runner parses with `config` before it calls `run`, so `run` only ever sees its own type.
  return operation as unknown as LocalOperation;
}

/** `defineOperation` for a remote one. */
export function defineRemoteOperation<Config extends z.ZodType, Handle extends JobHandle>(
  operation: RemoteOperation<Config, Handle>,
): RemoteOperation {
  // Widened likewise: the runner hands only handles to it that its own `submit` has answered.
  return operation as unknown as RemoteOperation;
}

export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
