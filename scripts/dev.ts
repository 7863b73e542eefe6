/** `npm run dev`: the local stack with an edge that follows its sources. */
import { join } from 'node:path';
import { ROOT, STATE_DIR } from './local/project.ts';
import { runStackCommand } from './local/run-stack-command.ts';

await runStackCommand({
  help: `npm run dev -- [options]

Like npm start, with the edge in "wrangler dev": it reloads whenever a file of edge/ or shared/ changes.
`,
  // Not npm start's: wrangler lays its state out in its own way.
  defaultDataDir: join(STATE_DIR, 'dev'),
  modules: { edge: join(ROOT, 'scripts/local/edge-dev-host.ts') },
});
