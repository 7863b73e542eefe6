import type { OperationContext } from './define-plugin.ts';
import { resolveProjectFile } from './project-file.ts';

/** What configs call a source: an artifact's URI, or a path relative to the project folder. */
export const SOURCE_DESCRIPTION =
  'artifact URI (artifact://…) of this execution, or path relative to the project folder';

/** Local path of a source, for reading. Throws PluginError when it is absent or out of reach. */
export function resolveSource(
  ctx: Pick<OperationContext<unknown>, 'artifacts' | 'projectDir' | 'dataDir'>,
  source: string,
): Promise<string> {
  return source.startsWith('artifact://') ? ctx.artifacts.open(source) : resolveProjectFile(ctx, source);
}
