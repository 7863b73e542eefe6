/** `npm start`: runs the local stack until it is told to stop. */
import { DEFAULT_DATA_DIR } from './local/project-stack.ts';
import { runStackCommand } from './local/run-stack-command.ts';

await runStackCommand({
  help: `npm start -- [options]

Starts Temporal, the edge and a worker on this machine, and runs them until Ctrl-C.
`,
  defaultDataDir: DEFAULT_DATA_DIR,
});
