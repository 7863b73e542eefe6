import { readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findArtifact, keepArtifact } from './wf-artifact.ts';
import { isOwn, write } from './wf-channel.ts';
import { Failure } from './wf-failure.ts';
import { isOutputGiven, putOutput } from './wf-output-file.ts';
import { messageOf, show, showObject } from './wf-shown.ts';
import { NotJson, Walk } from './wf-values.ts';

export { Failure };

/*
 * What a script may import as `wf`. It stands alone: it runs in the script's process, where nothing else of the worker
 * does. Outside a workflow, where WF_INPUT is not set, the input is empty and events go to stderr.
 */

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

export interface Job {
  execution_id: string;
  execution_name: string | null;
  workflow_id: string;
  attempt: number;
  step_id: string;
  /** From 1: how often this step was started, this time included. */
  try: number;
  resources: Record<string, unknown> | null;
  /** The current folder: empty at the start, removed after the try. */
  workdir: string;
  input: unknown;
  /** Local paths, for reading, of the config's `files`. */
  files: Record<string, string>;
}

export const job: Job = process.env.WF_INPUT
  ? JSON.parse(readFileSync(process.env.WF_INPUT, 'utf8'))
  : {
      execution_id: 'local',
      execution_name: null,
      workflow_id: 'local',
      attempt: 1,
      step_id: 'local',
      try: 1,
      resources: null,
      workdir: process.cwd(),
      input: {},
      files: {},
    };

export const files = job.files;

/** The step's `input`. */
export function input<T = unknown>(): T {
  return job.input as T;
}

const outputPath = process.env.WF_OUTPUT;

/** Sets the step's output. The last call wins. Throws Failure INVALID_OUTPUT for what has no JSON form. */
export function output(value: unknown): void {
  let text: string;
  try {
    text = JSON.stringify(new Walk().value(value));
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new Failure(error.code, error.where(), { retryable: false });
  }
  if (outputPath) putOutput(outputPath, text);
}

/** What the function of a step returned; undefined leaves what it gave to `output`. For the entry that the runner starts. */
export function returned(value: unknown): void {
  // A process that was started by the same command returns as well.
  if (!outputPath || !isOwn()) return;
  if (value !== undefined || !isOutputGiven(outputPath)) output(value === undefined ? {} : value);
  renameSync(outputPath, join(dirname(outputPath), 'returned.json'));
}

/** Never fails a step, whatever it is given. */
export function log(message: unknown, metadata?: Record<string, unknown>, level: Level = 'INFO'): void {
  write({
    type: 'log',
    level: show(level),
    message: messageOf(message),
    ...(metadata !== undefined && { metadata: showObject(metadata) }),
  });
}

/** `percentage` 0–100. Never fails a step, whatever it is given. */
export function progress(percentage?: number, currentOperation?: string): void {
  write({
    type: 'progress',
    ...(percentage !== undefined && { percentage: show(percentage) }),
    ...(currentOperation !== undefined && { current_operation: messageOf(currentOperation) }),
  });
}

/**
 * Stores what the file `path` holds now under `name`, and returns its URI. The file may change, move or go afterwards. The
 * same name again replaces the earlier file. Throws Failure INVALID_ARTIFACT or INVALID_ARTIFACT_NAME.
 */
export function artifact(name: string, path: string = name): string {
  const file = findArtifact(name, path);
  if (process.env.WF_INPUT) keepArtifact(process.env.WF_INPUT, file);
  else emit({ type: 'artifact', name, path });
  return `artifact://${job.execution_id}/${job.step_id}/${name}`;
}

/** Writes an event of the script contract. */
export function emit(event: Record<string, unknown>): void {
  write(showObject(event));
}
