/** `npm run demo`: runs an example to its end, on the stack that runs or on one of its own. Exits 0 only if it completed. */
import { isCompletedExecution } from '../shared/schemas/execution-status.ts';
import { type DemoOptions, HELP, readDemoOptions } from './demo/options.ts';
import { createProgress } from './demo/progress.ts';
import { runExample } from './demo/run-example.ts';
import { goesOn, summarize } from './demo/summary.ts';
import { fail } from './local/fail.ts';
import { isHealthy } from './local/health.ts';
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
/** An execution that was started and has not been seen to end. */
let underWay: string | undefined;

/** Leaves the stack, and says at the very end what becomes of an execution that is under way. Safe to repeat. */
async function leave(left: Connected, how?: { force: true }): Promise<void> {
  if (left.afterwards !== 'runs' && !how) progress.say('stopping the stack');
  await left.stop(how);
  const answers = left.afterwards === 'runs' && (await isHealthy(left.url));
  if (underWay !== undefined) progress.say(goesOn(underWay, left, answers));
  underWay = undefined;
}

const request = stopOnSignals(
  () => {
    const left = stack;
    return left && { stop: (how) => leave(left, how) };
  },
  (text) => {
    progress.end();
    progress.say(text);
  },
);
try {
  stack = await connectOrStart({ say: progress.say, signal: request.signal });
  const execution = await runExample(stack, options, {
    progress,
    signal: request.signal,
    onStarted: (id) => {
      underWay = id;
    },
  });
  underWay = undefined;
  progress.end();
  await leave(stack);
  await print(options.json ? `${JSON.stringify(execution, null, 2)}\n` : summarize(execution, stack, process.stdout));
  process.exit(isCompletedExecution(execution.status) ? 0 : 1);
} catch (error) {
  progress.end();
  if (stack) await leave(stack);
  else if (request.signal.aborted) progress.say('stopped before anything was executed');
  if (request.signal.aborted) process.exit(request.exitCode());
  fail(error);
}
