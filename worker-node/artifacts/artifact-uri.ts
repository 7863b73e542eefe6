import { STEP_ID } from '../../shared/schemas/workflow.ts';
import { PluginError } from '../plugins/define-plugin.ts';

/** Which file: `artifact://{execution}/{step}/{name}`. */
export interface ArtifactAddress {
  execution: string;
  step: string;
  /** Relative path with `/`: `model.json`, `plots/roc.svg`. */
  name: string;
}

/** One try of a step: the owner of the files that it stores. */
export interface TryAddress {
  execution: string;
  attempt: number;
  step: string;
  /** From 1. */
  try: number;
}

const EXECUTION_ID = /^[A-Za-z0-9_-]{1,200}$/;
// No leading dot or dash, nothing that a URI or a shell would read differently; short enough for every file system.
const NAME_SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$/;
const MAX_SEGMENTS = 8;

export function formatArtifactUri({ execution, step, name }: ArtifactAddress): string {
  return `artifact://${execution}/${step}/${name}`;
}

/** The address in `uri`. Throws PluginError ARTIFACT_NOT_FOUND when it is no artifact URI. */
export function parseArtifactUri(uri: string): ArtifactAddress {
  const [, execution, step, name] = /^artifact:\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (execution === undefined || step === undefined || name === undefined || !isAddress({ execution, step, name })) {
    throw new PluginError({
      code: 'ARTIFACT_NOT_FOUND',
      message: `"${uri}" is no artifact URI: expected artifact://{execution}/{step}/{name}`,
      retryable: false,
    });
  }
  return { execution, step, name };
}

/** Throws PluginError INVALID_ARTIFACT_NAME when a file cannot be stored under `name`. */
export function assertArtifactName(name: string): void {
  if (isArtifactName(name)) return;
  throw new PluginError({
    code: 'INVALID_ARTIFACT_NAME',
    message: `"${name}" is no artifact name: expected a relative path of at most ${MAX_SEGMENTS} parts of letters, digits, "_", "-" and ".", such as plots/roc.svg`,
    retryable: false,
  });
}

/**
 * Path below the store's folder of what a try has stored. Different tries have different paths also where the file system
 * ignores case: a prefix says which letters are capitals.
 */
export function tryPath({ execution, attempt, step, try: number }: TryAddress): string[] {
  return [foldCase(execution), String(attempt), foldCase(step), String(number)];
}

/** Path of an artifact below its try's folder. Different names have different paths, also `a` and `a/b`. */
export function namePath(name: string): string[] {
  const segments = name.split('/').map(foldCase);
  const file = segments.pop() ?? '';
  return [...segments.map((folder) => `${folder}^`), file];
}

/** Path of the folder that holds all artifacts of an execution. */
export function executionFolder(execution: string): string {
  if (!EXECUTION_ID.test(execution)) throw new Error(`not an execution id: ${execution}`);
  return foldCase(execution);
}

function isAddress({ execution, step, name }: ArtifactAddress): boolean {
  return EXECUTION_ID.test(execution) && STEP_ID.test(step) && isArtifactName(name);
}

function isArtifactName(name: string): boolean {
  const segments = name.split('/');
  return segments.length <= MAX_SEGMENTS && segments.every((segment) => NAME_SEGMENT.test(segment));
}

function foldCase(segment: string): string {
  let capitals = 0n;
  for (let index = 0; index < segment.length; index++) {
    if (/[A-Z]/.test(segment.charAt(index))) capitals |= 1n << BigInt(index);
  }
  return capitals === 0n ? segment : `${capitals.toString(16)}^${segment.toLowerCase()}`;
}
