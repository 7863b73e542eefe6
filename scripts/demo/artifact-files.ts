import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Execution } from '../../shared/schemas/execution.ts';
import { namePath, parseArtifactUri, tryPath } from '../../worker-node/artifacts/artifact-uri.ts';

/** Local paths of an execution's artifacts, below the folder `store`; null unless all are at hand. */
export function artifactFiles(
  { artifacts, attempt, step_details }: Pick<Execution, 'artifacts' | 'attempt' | 'step_details'>,
  store: string,
): string[] | null {
  const files = artifacts.map((uri) => {
    const { execution, step, name } = parseArtifactUri(uri);
    const tries = step_details.find(({ id }) => id === step)?.tries ?? 0;
    // What a step lists is of its newest try that has left any files.
    for (let number = tries; number > 0; number--) {
      const file = join(store, ...tryPath({ execution, attempt, step, try: number }), ...namePath(name));
      if (existsSync(file)) return file;
    }
    return null;
  });
  return files.every((file) => file !== null) ? files : null;
}
