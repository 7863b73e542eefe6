/** Installs the dependencies when a clone lacks them, an install was interrupted or package-lock.json changed. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { proxiesIn } from '../../worker-node/proxies.mjs';
import { claim } from '../local/claim.mjs';
import { identify, isRunning, signalGroup } from '../local/process-identity.mjs';
import { installNeeded } from './install-state.mjs';
import { describeFailure } from './npm-failure.mjs';
import { CI_ARGUMENTS, npmEnv } from './npm-settings.mjs';
import { BIN, ROOT } from './place.mjs';
import { fail, say } from './say.mjs';

const LOCK = join(ROOT, '.wf', 'install.lock');
/** Identity of the npm that installs. */
const RUNNING_NPM = join(ROOT, '.wf', 'install.npm');
/** Older ones do not read this lockfile as it is meant. */
const OLDEST_NPM = 9;
const PROGRESS_MS = 4_000;
/** npm cleans up within this time after a signal, or is killed. */
const GRACE_MS = 5_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
/** Of npm's output, how much is looked at to tell why it failed. */
const KEPT_OUTPUT = 100_000;

/** An npm whose command was killed goes on alone, and would write into node_modules together with the next one. */
function endLeftover() {
  if (!existsSync(RUNNING_NPM)) return;
  const npm = JSON.parse(readFileSync(RUNNING_NPM, 'utf8'));
  if (isRunning(npm)) signalGroup(npm.pid, 'SIGKILL');
  rmSync(RUNNING_NPM);
}

/** Ends this command where npm is absent or too old. One whose version cannot be read is left to speak for itself. */
function checkNpm(env) {
  const { error, stdout } = spawnSync('npm', ['--version'], { cwd: ROOT, env, encoding: 'utf8' });
  if (error) fail(`npm does not start (${error.message}): install it, it comes with Node, and put it on PATH.`);
  const version = /^(\d+)\.\d+\.\d+\S*$/m.exec(stdout);
  if (version && Number(version[1]) < OLDEST_NPM)
    fail(`this is npm ${version[0]}, and the install needs ${OLDEST_NPM} or newer: run npm install -g npm@latest.`);
}

/** Runs `npm ci` in a process group of its own, so that a signal ends all of it. Resolves to why it failed. */
async function install(env) {
  // Gone first: from here on the install counts as interrupted until npm writes the file anew.
  rmSync(join(ROOT, 'node_modules', '.package-lock.json'), { force: true });
  const npm = spawn('npm', CI_ARGUMENTS, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-KEPT_OUTPUT);
      process.stderr.write(text);
    });
  }
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
  const through = proxiesIn(env).join(', ');
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1_000);
    say(`  installing … ${seconds} s${through && ` (through ${through})`}`);
  }, PROGRESS_MS);
  const failure = await new Promise((resolve) => {
    npm.once('error', (error) => resolve(`npm does not start: ${error.message}`));
    npm.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `npm ci ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  clearInterval(progress);
  rmSync(RUNNING_NPM, { force: true });
  if (received) {
    signalGroup(npm.pid, 'SIGKILL');
    process.exit(EXIT_CODES[received]);
  }
  for (const signal of Object.keys(EXIT_CODES)) process.off(signal, stop);
  if (failure) return `${failure}. Its output is above. ${describeFailure(output, env)}`;
  // An npm that ends well and has not installed must not be asked for ever.
  const reason = installNeeded(ROOT);
  if (reason) return `npm ci ended well, and yet: ${reason}. Look for settings with \`npm config list\`.`;
  say(`  installed in ${Math.round((Date.now() - started) / 1_000)} s`);
  return undefined;
}

/** Waits while another command installs. */
async function takeTurn() {
  for (let waited = 0; ; waited += 200) {
    const turn = claim(LOCK, {});
    if (turn.held) return turn;
    if (waited % PROGRESS_MS === 0) say(`  waiting for the install that process ${turn.holder.pid} is doing …`);
    await sleep(200);
  }
}

export async function ensureInstalled() {
  if (!installNeeded(ROOT)) return;
  const turn = await takeTurn();
  process.once('exit', turn.release);
  endLeftover();
  const reason = installNeeded(ROOT);
  if (reason) {
    const env = npmEnv(process.env, BIN);
    checkNpm(env);
    say(`${reason}: running npm ci`);
    const failure = await install(env);
    if (failure) fail(failure);
  }
  process.off('exit', turn.release);
  turn.release();
}
