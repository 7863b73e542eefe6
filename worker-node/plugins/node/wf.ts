import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { write } from './wf-channel.ts';
import { messageOf, show, showObject } from './wf-shown.ts';
import { NotJson, Walk } from './wf-values.ts';

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
  if (outputPath) writeFileSync(outputPath, text);
}

/** What the function of a step returned; nothing leaves what it gave to `output`. For the entry that the runner starts. */
export function returned(value: unknown): void {
  if (!outputPath) return;
  const given = existsSync(outputPath) && statSync(outputPath).size > 0;
  if ((value ?? null) !== null || !given) output(value ?? {});
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

/** Stores a file of the working folder under `name` and returns its URI. The file must not change any more. */
export function artifact(name: string, path: string = name): string {
  emit({ type: 'artifact', name, path });
  return `artifact://${job.execution_id}/${job.step_id}/${name}`;
}

/** Throw it to fail the step with a code of your own; `retryable: false` fails it whatever its retry policy says. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: string,
    message: string,
    { retryable = true, details }: { retryable?: boolean; details?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.retryable = retryable;
    this.details = details;
  }
}

/** Writes an event of the script contract. */
export function emit(event: Record<string, unknown>): void {
  write(showObject(event));
}
