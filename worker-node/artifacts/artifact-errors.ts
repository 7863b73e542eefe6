import { LIMITS } from '../../shared/limits.ts';
import { PluginError } from '../plugins/define-plugin.ts';

/** What a missing, or no longer readable, source of a copy is called. */
export function notAFile(name: string): PluginError {
  return new PluginError({
    code: 'INVALID_ARTIFACT',
    message: `artifact "${name}" cannot be stored: there is no such regular file`,
    retryable: false,
  });
}

export function tooMany(name: string): PluginError {
  return new PluginError({
    code: 'TOO_MANY_ARTIFACTS',
    message: `artifact "${name}" cannot be stored: a try of a step stores at most ${LIMITS.artifactsPerTry}. Pack small files into one archive`,
    retryable: false,
  });
}

export function notFound(uri: string, reason: string): PluginError {
  return new PluginError({ code: 'ARTIFACT_NOT_FOUND', message: `${uri} cannot be read: ${reason}`, retryable: false });
}

/** For a file that somebody has changed since, or that the disk has lost a part of. Sizes in bytes. */
export function damaged(uri: string, { size, stored }: { size: number; stored: number }): PluginError {
  return new PluginError({
    code: 'ARTIFACT_DAMAGED',
    message: `${uri} cannot be read: its file has ${size} bytes, but ${stored} were stored. Run the step that stores it again`,
    retryable: false,
  });
}

export function tryEnded(what: string): PluginError {
  const message = `${what}: its try has ended, and nothing more of it is kept`;
  return new PluginError({ code: 'TRY_ENDED', message, retryable: false });
}

const FULL = ['ENOSPC', 'EDQUOT', 'EROFS'];
const UNREADABLE = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'];

/** Says what the file system answered, without paths of this machine. `source`: the file that was to be stored. */
export function storingFailed(name: string, cause: unknown, source?: string): unknown {
  const { code, path } = cause as NodeJS.ErrnoException;
  if (cause instanceof PluginError || code === undefined) return cause;
  if (path === source && UNREADABLE.includes(code)) return notAFile(name);
  const full = FULL.includes(code);
  const remedy = full ? '. Make room where the worker keeps its data (WF_DATA_DIR)' : '';
  const message = `artifact "${name}" cannot be stored: the file system answers ${code}${remedy}`;
  return new PluginError({ code: full ? 'STORAGE_FULL' : 'ARTIFACT_NOT_STORED', message, retryable: true }, { cause });
}
