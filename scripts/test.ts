/**
 * `npm test -- [vitest arguments]`: runs vitest (without `--project`: all projects but the slow `faults` and `start`) and ends with
 * the line `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { signalGroup } from './local/process-identity.mjs';
import { bin, STATE_DIR } from './local/project.ts';
import { countTests, formatCounts } from './test-counts.ts';

const QUIET_MS = 4_000;
const GRACE_MS = 5_000;

const args = process.argv.slice(2);
const projects = args.some((arg) => arg.startsWith('--project')) ? [] : ['--project', '!faults', '--project', '!start'];

mkdirSync(STATE_DIR, { recursive: true });
const folder = mkdtempSync(join(STATE_DIR, 'test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];

// A process group of its own: npm and the terminal both deliver a Ctrl-C, and vitest takes a second one as "at once".
const vitest = spawn(bin('vitest'), ['run', ...reporters, ...projects, ...args], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { ...process.env, NODE_ENV: 'test', ...(process.stdout.isTTY && { FORCE_COLOR: '1' }) },
  detached: true,
});

let quietSince = Date.now();
vitest.stdout.on('data', (chunk: Buffer) => {
  quietSince = Date.now();
  process.stdout.write(chunk);
});
vitest.stderr.on('data', (chunk: Buffer) => {
  quietSince = Date.now();
  process.stderr.write(chunk);
});
const started = Date.now();
const quiet = setInterval(() => {
  if (Date.now() - quietSince >= QUIET_MS) console.error(`… testing (${Math.round((Date.now() - started) / 1_000)} s)`);
}, QUIET_MS);

let stopping = false;
const stop = (signal: NodeJS.Signals) => {
  if (stopping || vitest.pid === undefined) return;
  stopping = true;
  const { pid } = vitest;
  signalGroup(pid, signal);
  setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS).unref();
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

const code = await new Promise<number>((resolve, reject) => {
  vitest.once('error', reject);
  vitest.once('close', (exitCode) => resolve(exitCode ?? 1));
});
clearInterval(quiet);
const counts = countTests(report, code);
rmSync(folder, { recursive: true });
console.log(formatCounts(counts));
process.exitCode = code;
