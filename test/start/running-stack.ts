import { readFileSync } from 'node:fs';
import type { StackInfo } from '../../scripts/local/stack.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { Child } from '../scripts/child.ts';
import type { projectCopy } from '../scripts/project-copy.ts';
import { createApi } from '../stack/api.ts';

/** Waits until the command says that the stack is up, and answers what executes a workflow of these steps to its end. */
export async function whenUp(project: ReturnType<typeof projectCopy>, child: Child) {
  await child.says('Ctrl-C stops everything');
  const api = createApi(JSON.parse(readFileSync(project.localJson, 'utf8')) as StackInfo);
  return {
    async execute(steps: unknown[]): Promise<Execution> {
      const { execution_id } = await api.start(steps);
      return api.ended(execution_id);
    },
    async stop(): Promise<number | NodeJS.Signals> {
      child.kill('SIGTERM');
      return child.exit;
    },
  };
}
