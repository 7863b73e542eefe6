/** `npm run check`: everything that can be said about the code without running it, one line per check. */
import { mkdirSync } from 'node:fs';
import { type Check, checks } from './check/checks.ts';
import { STATE_DIR } from './local/project.ts';
import { stopOnSignals } from './local/stop-on-signals.ts';

const PARALLEL = 2;

mkdirSync(STATE_DIR, { recursive: true });
const waiting = checks();
let failed = 0;
// The tools run in process groups of their own, which a Ctrl-C does not reach.
const { signal, exitCode } = stopOnSignals(() => undefined, console.error);

async function run({ name, run }: Check): Promise<void> {
  const started = performance.now();
  const onWait = (seconds: number) => console.error(`… ${name} (${seconds} s)`);
  const problem = await run({ onWait, signal }).catch((error: Error) => error.stack ?? error.message);
  if (signal.aborted) return;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${problem === '' ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`);
  if (problem === '') return;
  failed++;
  console.log(problem.trimEnd());
}

async function work(): Promise<void> {
  for (let check = waiting.shift(); check && !signal.aborted; check = waiting.shift()) await run(check);
}

await Promise.all(Array.from({ length: PARALLEL }, work));
if (signal.aborted) process.exit(exitCode());
console.log(failed === 0 ? 'all checks passed' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
