import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/local/project.ts';
import { startChild } from '../scripts/child.ts';
import { markProcesses } from './harness/started-processes.ts';

it('the benchmark leaves no process and no file when it is interrupted', async () => {
  const marked = markProcesses();
  const env = { ...process.env, ...marked.env };
  const bench = startChild(process.execPath, ['test/bench/main.ts', '--only', 'chain_100'], { cwd: ROOT, env });
  await bench.says('chain_100 warm-up');
  const dataDir = marked.running().find(({ env }) => env.WF_DATA_DIR)?.env.WF_DATA_DIR ?? '';
  expect(existsSync(dataDir)).toBe(true);
  bench.kill('SIGINT');
  bench.kill('SIGINT');
  expect(await bench.exit).toBe(130);
  expect(marked.running()).toEqual([]);
  expect(existsSync(dataDir)).toBe(false);
});

it('the benchmark measures the rows that it is asked for', async () => {
  const args = ['test/bench/main.ts', '--json', '--rounds', '3', '--only', 'chain_100'];
  const bench = startChild(process.execPath, args, { cwd: ROOT });
  expect(await bench.exit).toBe(0);
  expect(JSON.parse(bench.stdout())).toEqual({
    results: [
      {
        ...{ name: 'chain_100', rounds: 3 },
        ...{ ours_ms: expect.any(Number), baseline_ms: expect.any(Number), ratio: expect.any(Number) },
      },
    ],
  });
});

it('the benchmark names the rows that there are when it is asked for another', async () => {
  const bench = startChild(process.execPath, ['test/bench/main.ts', '--only', 'chain_10'], { cwd: ROOT });
  expect(await bench.exit).toBe(1);
  expect(bench.output()).toContain('--only: there is no row "chain_10"; there are: chain_100, fanout_1000, ');
});
