/**
 * `npm run bench [-- --json] [--rounds N] [--only ROW,ROW]`: the product next to a hand-written Temporal workflow that
 * does the same work on the same server, in turn, round by round; then the latencies of the product alone. See
 * docs/performance.md.
 */
import { once } from 'node:events';
import { fail } from '../../scripts/local/fail.ts';
import { type Stack, startStack } from '../../scripts/local/stack.ts';
import { stopOnSignals } from '../../scripts/local/stop-on-signals.ts';
import { createClient } from '../../shared/client.ts';
import { type Baseline, startBaseline } from './baseline.ts';
import { compare, latency, type Result, table } from './measure.ts';
import { type BenchOptions, COMPARISONS, LATENCIES, readBenchOptions } from './options.ts';
import { createOurs } from './ours.ts';

/**
 * Rounds that are not counted, of both sides. Servers run for weeks: what is to be compared is code that their compilers
 * have seen, and the first rounds of a process are mostly spent on compiling it.
 */
const WARM_UP_ROUNDS = 3;
const LATENCY_SAMPLES = 60;

const { json, rounds, wants } = readOptions();
const say = (text: string) => process.stderr.write(`${text}\n`);

function readOptions(): BenchOptions {
  try {
    return readBenchOptions(process.argv.slice(2));
  } catch (error) {
    fail(error);
  }
}

async function measure(baseline: Baseline, ours: ReturnType<typeof createOurs>): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, workflow, size, count } of COMPARISONS.filter(({ name }) => wants(name))) {
    const run = { workflow, size, count };
    const measured = [];
    for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
      const pair = { baseline: await baseline.run(run), ours: await ours.run(run) };
      say(
        `${name} ${round > 0 ? `round ${round}` : 'warm-up'}: ours ${pair.ours.toFixed(0)} ms, baseline ${pair.baseline.toFixed(0)} ms`,
      );
      if (round > 0) measured.push(pair);
    }
    results.push(compare(name, measured));
  }
  if (LATENCIES.some(wants)) {
    say(`measuring latencies over ${LATENCY_SAMPLES} executions`);
    const { accepted, firstStep, eventToViewer } = await ours.latencies(LATENCY_SAMPLES);
    const samples = { accepted, first_step: firstStep, event_to_viewer: eventToViewer };
    results.push(...LATENCIES.filter(wants).map((name) => latency(name, samples[name])));
  }
  return results;
}

async function runOn(stack: Stack): Promise<Result[] | undefined> {
  const baseline = await startBaseline(stack.temporal.address);
  try {
    const measuring = measure(baseline, createOurs(createClient({ url: stack.url, apiKey: stack.api_key })));
    // After a signal it fails when what it talks to goes away.
    measuring.catch(() => undefined);
    const stopped = once(request.signal, 'abort').then(() => undefined);
    request.signal.throwIfAborted();
    return await Promise.race([measuring, stopped]);
  } finally {
    await baseline.stop();
  }
}

let stack: Stack | undefined;
const request = stopOnSignals(() => stack, say);
try {
  stack = await startStack({ say, signal: request.signal });
  const results = await runOn(stack);
  if (results) process.stdout.write(json ? `${JSON.stringify({ results }, null, 2)}\n` : `${table(results)}\n`);
} catch (error) {
  if (!request.signal.aborted) throw error;
} finally {
  await stack?.stop();
}
if (request.signal.aborted) process.exit(request.exitCode());
