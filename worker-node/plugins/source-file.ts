import { z } from 'zod';
import { isPossiblePath, PATH_PATTERN, PATH_RULE } from '../../shared/domain/possible-path.ts';
import type { OperationContext } from './define-plugin.ts';
import { resolveProjectFile } from './project-file.ts';

/** What configs call a source: an artifact's URI, or a path relative to the project folder. */
export const SOURCE_DESCRIPTION =
  'artifact URI (artifact://…) of this execution, or path relative to the project folder';

/** A path that the system can take. */
export const PathText = z
  .string()
  .min(1)
  .max(2_000)
  .regex(new RegExp(`^${PATH_PATTERN}$`), PATH_RULE)
  .refine(isPossiblePath, PATH_RULE);

/** Local path of a source, for reading. Throws PluginError when it is absent or out of reach. */
export function resolveSource(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  source: string,
): Promise<string> {
  return source.startsWith('artifact://') ? ctx.artifacts.open(source) : resolveProjectFile(ctx, source);
}
