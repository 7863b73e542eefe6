/**
 * `npm run bench [-- --json] [--rounds N]`: the product next to a hand-written Temporal workflow that does the same work
 * on the same server, in turn, round by round; then the latencies of the product alone. See docs/performance.md.
 */
import { parseArgs } from 'node:util';
import { startStack } from '../../scripts/local/stack.ts';
import { createClient } from '../../shared/client.ts';
import { startBaseline } from './baseline.ts';
import { compare, latency, type Result, table } from './measure.ts';
import { createOurs } from './ours.ts';

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
});
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 3) throw new Error('--rounds takes a whole number from 3');
const LATENCY_SAMPLES = 60;

const say = (text: string) => process.stderr.write(`${text}\n`);

const COMPARISONS = [
  { name: 'chain_100', workflow: 'chain', size: 100, count: 1 },
  { name: 'fanout_1000', workflow: 'fanout', size: 1_000, count: 1 },
  { name: 'burst_200x4', workflow: 'chain', size: 4, count: 200 },
] as const;

const stack = await startStack({ say });
try {
  const baseline = await startBaseline(stack.temporal.address);
  const ours = createOurs(createClient({ url: stack.url, apiKey: stack.api_key }));
  const results: Result[] = [];
  try {
    for (const { name, workflow, size, count } of COMPARISONS) {
      const run = { workflow, size, count };
      // The first round warms caches and compilers up, and is not counted.
      const measured = [];
      for (let round = 0; round <= rounds; round += 1) {
        const pair = { baseline: await baseline.run(run), ours: await ours.run(run) };
        say(
          `${name} ${round === 0 ? 'warm-up' : `round ${round}`}: ours ${pair.ours.toFixed(0)} ms, baseline ${pair.baseline.toFixed(0)} ms`,
        );
        if (round > 0) measured.push(pair);
      }
      results.push(compare(name, measured));
    }
    say(`measuring latencies over ${LATENCY_SAMPLES} executions`);
    const { accepted, firstStep, eventToViewer } = await ours.latencies(LATENCY_SAMPLES);
    results.push(
      latency('accepted', accepted),
      latency('first_step', firstStep),
      latency('event_to_viewer', eventToViewer),
    );
  } finally {
    await baseline.stop();
  }
  process.stdout.write(flags.json ? `${JSON.stringify({ results }, null, 2)}\n` : `${table(results)}\n`);
} finally {
  await stack.stop();
}
