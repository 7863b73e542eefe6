/**
 * Runs before every npm script: installs the dependencies when a clone lacks them, an install was interrupted or
 * package-lock.json changed. Runs on the system's Node (≥ 20), before the project's own Node 24 is there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { installNeeded } from './install/install-state.mjs';
import { claim } from './local/claim.mjs';
import { identify, isRunning, signalGroup } from './local/process-identity.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');
const LOCK = join(ROOT, '.wf', 'install.lock');
/** Identity of the npm that installs. */
const RUNNING_NPM = join(ROOT, '.wf', 'install.npm');
const PROGRESS_MS = 4_000;
/** npm cleans up within this time after a signal, or is killed. */
const GRACE_MS = 5_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

const say = (text) => process.stderr.write(`${text}\n`);

function fail(text) {
  say(`error: ${text}`);
  process.exit(1);
}

/** The environment without this project's own Node: `npm ci` deletes it before it puts it back. */
function systemEnv() {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== BIN);
  return { ...process.env, PATH: path.join(delimiter) };
}

/** An npm whose command was killed goes on alone, and would write into node_modules together with the next one. */
function endLeftover() {
  if (!existsSync(RUNNING_NPM)) return;
  const npm = JSON.parse(readFileSync(RUNNING_NPM, 'utf8'));
  if (isRunning(npm)) signalGroup(npm.pid, 'SIGKILL');
  rmSync(RUNNING_NPM);
}

/** Runs `npm ci` in a process group of its own, so that a signal ends all of it. Resolves to why it failed. */
async function install() {
  // Gone first: from here on the install counts as interrupted until npm writes the file anew.
  rmSync(join(ROOT, 'node_modules', '.package-lock.json'), { force: true });
  const npm = spawn('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: ROOT,
    env: systemEnv(),
    stdio: ['ignore', process.stderr, process.stderr],
    detached: true,
  });
  const identity = npm.pid === undefined ? undefined : identify(npm.pid);
  if (identity) {
    writeFileSync(`${RUNNING_NPM}.draft`, JSON.stringify(identity));
    renameSync(`${RUNNING_NPM}.draft`, RUNNING_NPM);
  }
  let received;
  const stop = (signal) => {
    if (received) return;
    received = signal;
    say(`${signal}: ending the install; the next command starts it again`);
    signalGroup(npm.pid, 'SIGTERM');
    setTimeout(() => signalGroup(npm.pid, 'SIGKILL'), GRACE_MS).unref();
  };
  for (const signal of Object.keys(EXIT_CODES)) process.on(signal, stop);

  const started = Date.now();
  const progress = setInterval(
    () => say(`  installing … ${Math.round((Date.now() - started) / 1_000)} s`),
    PROGRESS_MS,
  );
  const failure = await new Promise((resolve) => {
    npm.once('error', (error) => resolve(`npm does not start: ${error.message}`));
    npm.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : `npm ci ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  clearInterval(progress);
  rmSync(RUNNING_NPM, { force: true });
  if (received) {
    signalGroup(npm.pid, 'SIGKILL');
    process.exit(EXIT_CODES[received]);
  }
  if (!failure) say(`  installed in ${Math.round((Date.now() - started) / 1_000)} s`);
  return failure;
}

/** Waits while another command installs; true when it is this one's turn to. */
async function takeTurn() {
  for (let waited = 0; ; waited += 200) {
    const turn = claim(LOCK, {});
    if (turn.held) return turn;
    if (waited % PROGRESS_MS === 0) say(`  waiting for the install that process ${turn.holder.pid} is doing …`);
    await sleep(200);
  }
}

if (installNeeded(ROOT)) {
  const turn = await takeTurn();
  process.once('exit', turn.release);
  endLeftover();
  const reason = installNeeded(ROOT);
  if (reason) {
    say(`${reason}: running npm ci`);
    const failure = await install();
    if (failure) fail(`${failure}. Its output is above; when the cause is gone, run the same command again.`);
  }
}

const own = join(BIN, 'node');
if (existsSync(own)) {
  // Package managers cannot tell C libraries apart: on musl the binary is there and does not run.
  if (spawnSync(own, ['--version']).status !== 0) fail(`${own} does not run on this system; it needs glibc on Linux.`);
} else {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    fail(
      `no Node 24 comes with npm for ${process.platform}-${process.arch}, and this one is ${process.version}: install Node ≥ 22.18.`,
    );
  }
}
