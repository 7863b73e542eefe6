import type { OutputRef } from '../../shared/schemas/execution.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import type { Plan } from '../../shared/schemas/plan.ts';
import type { LogUpdate, Update } from '../../shared/schemas/update.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { Registry } from '../plugins/registry.ts';
import type { StoringTry } from '../workflows/contract.ts';
import type { RunningTries } from './running-tries.ts';

/** Takes what happened and gets it to the edge sometime: batched, in order per execution, through outages. */
export interface UpdatePoster {
  /** Never throws, never waits. */
  post(executionId: string, attempt: number, updates: readonly Update[], logs: readonly LogUpdate[]): void;
  /**
   * Whether the edge still wants this attempt to run: at once when it has said so of news of the run in this process;
   * otherwise with its next such answer, however long that takes. Rejects only with the signal's reason.
   */
  confirm(executionId: string, attempt: number, signal: AbortSignal): Promise<'ok' | 'gone'>;
}

/**
 * Requests to the edge. They reject with an AppError; when trying again later may help, its code is retryable in ERRORS.
 * What is stored may be stored again: it replaces what lies there under its key.
 */
export interface EdgeStore {
  /**
   * Resolves once the edge has stored these updates (`ok`) or no longer knows the attempt (`gone`). Rejects with AppError
   * UNAVAILABLE when that takes longer than 10 s.
   */
  publish(executionId: string, attempt: number, updates: readonly Update[]): Promise<'ok' | 'gone'>;
  /** Stores an output, given as JSON text, under its try. */
  putOutput(key: OutputKey, json: string): Promise<OutputRef>;
  getOutput(ref: OutputRef): Promise<JsonValue>;
  getPlan(executionId: string, attempt: number): Promise<Plan>;
  /**
   * Stores a page, given as JSON text, of what one run of the chain hands to the next. Rejects with EXECUTION_NOT_FOUND when the edge wants the
   * attempt no more.
   */
  putChainPage(key: ChainPageKey, json: string): Promise<void>;
  /** Rejects with EXECUTION_NOT_FOUND when the page is not there (any more). */
  getChainPage(key: ChainPageKey): Promise<unknown>;
}

export interface ChainPageKey {
  executionId: string;
  attempt: number;
  /** Number of the run that gets it. */
  run: number;
  /** SHA-256 of its JSON text, in hex. */
  page: string;
}

export interface OutputKey {
  executionId: string;
  attempt: number;
  stepId: string;
  try: number;
}

/** What the living list is made of besides running tries. */
export interface WorkflowSightings {
  /** A workflow task of this attempt ran here; nothing is to be expected of it before `quietUntil`, when given. */
  seen(executionId: string, attempt: number, quietUntil: string | null): void;
}

/** What the activities need of the worker around them. */
export interface ActivityDeps {
  registry: Pick<Registry, 'find'>;
  poster: UpdatePoster;
  edge: EdgeStore;
  artifacts: Pick<ArtifactStore, 'forTry' | 'remove'>;
  running: RunningTries;
  runs: EngineRuns;
  /** The folder that relative paths in configs mean (`WF_PROJECT_DIR`), absolute. */
  projectDir: string;
  /** The worker's own data (`WF_DATA_DIR`), absolute. */
  dataDir: string;
}

/** What is asked of the engine beside the answers to it. */
export interface EngineRuns {
  /**
   * Asks the run of an attempt to wait for a try that only stores what its work has left, although the execution stops.
   * False when the run has ended, or given the try up. Rejects when it cannot be asked.
   */
  askToWait(executionId: string, attempt: number, storing: StoringTry): Promise<boolean>;
}

/** What the workflows' sinks need. */
export interface SinkDeps {
  poster: Pick<UpdatePoster, 'post'>;
  sightings: WorkflowSightings;
  running: Pick<RunningTries, 'cancel'>;
}
