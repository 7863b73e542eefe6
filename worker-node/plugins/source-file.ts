import { z } from 'zod';
import type { OperationContext } from './define-plugin.ts';
import { resolveProjectFile } from './project-file.ts';

/** What configs call a source: an artifact's URI, or a path relative to the project folder. */
export const SOURCE_DESCRIPTION =
  'artifact URI (artifact://…) of this execution, or path relative to the project folder';

/** A path that the system can take: no NUL, and no name of over 255 characters in it. */
export const PathText = z
  .string()
  .min(1)
  .max(2_000)
  .regex(
    /^[^\0/]{0,255}(?:\/[^\0/]{0,255})*$/,
    'must be a path without NUL characters whose names have at most 255 characters',
  );

/** Local path of a source, for reading. Throws PluginError when it is absent or out of reach. */
export function resolveSource(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  source: string,
): Promise<string> {
  return source.startsWith('artifact://') ? ctx.artifacts.open(source) : resolveProjectFile(ctx, source);
}
