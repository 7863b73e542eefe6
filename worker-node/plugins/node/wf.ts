import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

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

/** Sets the step's output: any JSON. The last call wins. */
export function output(value: unknown): void {
  if (process.env.WF_OUTPUT) writeFileSync(process.env.WF_OUTPUT, JSON.stringify(value) ?? 'null');
}

export function log(message: string, metadata?: Record<string, unknown>, level: Level = 'INFO'): void {
  emit({ type: 'log', level, message, metadata });
}

/** `percentage` 0–100. */
export function progress(percentage: number, currentOperation?: string): void {
  emit({ type: 'progress', percentage, current_operation: currentOperation });
}

/**
 * Stores what the file `path` holds now under `name`, and returns its URI. The file may change, move or go afterwards. The
 * same name again replaces the earlier file.
 */
export function artifact(name: string, path: string = name): string {
  if (typeof name !== 'string' || !ARTIFACT_NAME.test(name)) {
    const rule =
      'expected a relative path of at most 8 parts of letters, digits, "_", "-" and ".", such as plots/roc.svg';
    throw new Failure('INVALID_ARTIFACT_NAME', `"${name}" is no artifact name: ${rule}`, { retryable: false });
  }
  const stats = statArtifact(name, path);
  if (process.env.WF_INPUT) keepArtifact(name, path, stats);
  else emit({ type: 'artifact', name, path });
  return `artifact://${job.execution_id}/${job.step_id}/${name}`;
}

const ARTIFACT_NAME = /^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,119}\/){0,7}[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$/;

/** Throws Failure INVALID_ARTIFACT unless there is a regular file that can be read. */
function statArtifact(name: string, path: string): Stats {
  const refused = (why: string) =>
    new Failure('INVALID_ARTIFACT', `artifact "${name}" cannot be stored: "${path}" ${why}`, { retryable: false });
  let file: number;
  try {
    // A FIFO would block until somebody writes to it.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw refused(`cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`);
  }
  const stats = fstatSync(file);
  closeSync(file);
  if (stats.isFile()) return stats;
  throw refused(stats.isDirectory() ? 'is a folder: pack it into one file' : 'is no regular file');
}

/** Leaves a copy for the runner, as worker-node/plugins/script/snapshots.ts says. */
function keepArtifact(name: string, path: string, { size }: Stats): void {
  const folder = join(dirname(process.env.WF_INPUT ?? ''), 'artifacts');
  mkdirSync(folder, { recursive: true });
  const target = join(folder, createHash('sha256').update(name).digest('hex'));
  const about = JSON.stringify({ name, at: String(process.hrtime.bigint()) });

  function replace(place: string, write: (temporary: string) => void): void {
    const temporary = join(folder, `.${randomUUID()}`);
    try {
      write(temporary);
      renameSync(temporary, place);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  replace(`${target}.json`, (copy) => writeFileSync(copy, about));
  replace(target, (copy) => {
    // Shares the blocks of the file where the file system can. Files that the kernel makes up have no size to copy by.
    if (size > 0) copyFileSync(path, copy, constants.COPYFILE_FICLONE);
    else writeFileSync(copy, readFileSync(path));
  });
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
  writeSync(process.env.WF_INPUT ? 3 : 2, `${JSON.stringify(event)}\n`);
}
