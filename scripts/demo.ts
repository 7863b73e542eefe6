/** `npm run demo`: runs an example to its end, on the stack that runs or on one of its own. Exits 0 only if it completed. */
import { isCompletedExecution } from '../shared/schemas/execution-status.ts';
import { type DemoOptions, HELP, readDemoOptions } from './demo/options.ts';
import { createProgress } from './demo/progress.ts';
import { runExample } from './demo/run-example.ts';
import { summarize } from './demo/summary.ts';
import { fail } from './local/fail.ts';
import { type Connected, connectOrStart } from './local/project-stack.ts';
import { stopOnSignals } from './local/stop-on-signals.ts';

/** Waits until the reader has it: `process.exit` would cut a pipe short. */
const print = (text: string): Promise<void> => new Promise((resolve) => process.stdout.write(text, () => resolve()));

let options: DemoOptions | undefined;
try {
  options = readDemoOptions(process.argv.slice(2));
} catch (error) {
  fail(new Error(`${(error as Error).message}\n\n${HELP}`));
}
if (!options) {
  await print(HELP);
  process.exit(0);
}

const progress = createProgress(process.stderr);
let stack: Connected | undefined;

async function leave({ afterwards, stop }: Connected): Promise<void> {
  if (afterwards !== 'runs') progress.say('stopping the stack');
  await stop();
}

const request = stopOnSignals(() => stack, progress.say);
try {
  stack = await connectOrStart({ say: progress.say, signal: request.signal });
  const execution = await runExample(stack, options, { progress, signal: request.signal });
  progress.end();
  await leave(stack);
  await print(options.json ? `${JSON.stringify(execution, null, 2)}\n` : summarize(execution, stack));
  process.exit(isCompletedExecution(execution.status) ? 0 : 1);
} catch (error) {
  progress.end();
  if (stack) await leave(stack);
  if (request.signal.aborted) process.exit(request.exitCode());
  fail(error);
}
