import { rmSync, statSync } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FORGOTTEN_MS, namesIn } from './unfinished.ts';

/** Executions whose artifacts were removed: nothing of theirs is stored any more, however late a try of theirs ends. */
export interface RemovedExecutions {
  add(execution: string): Promise<void>;
  has(execution: string): Promise<boolean>;
}

/** One empty file per execution in `dir`, which all workers that share it see. It goes when no try can last as long. */
export function openRemovedExecutions(dir: string): RemovedExecutions {
  for (const name of namesIn(dir)) {
    const made = statSync(join(dir, name), { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && Date.now() - made > FORGOTTEN_MS) rmSync(join(dir, name), { force: true });
  }
  return {
    async add(execution) {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, execution), '', { flush: true });
    },
    has: (execution) =>
      access(join(dir, execution)).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return false;
          throw error;
        },
      ),
  };
}
