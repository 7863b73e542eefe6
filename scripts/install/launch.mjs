import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled } from './ensure-installed.mjs';
import { BIN, ROOT } from './place.mjs';
import { projectEnv } from './project-env.mjs';
import { fail, say } from './say.mjs';

const OWN_NODE = join(BIN, 'node');
/** The first that runs TypeScript without a flag. */
const OLDEST_MAJOR = 22;
const OLDEST_MINOR = 18;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_LOOK_MS = 500;
/** Permissions of the user's own, which no umask of a person takes away on purpose. */
const OWN_PERMISSIONS = 0o700;

/** A umask such as 0777 makes files that not even their maker can read. */
function keepOwnFilesReadable() {
  const given = process.umask(0o077);
  if ((given & OWN_PERMISSIONS) === 0) {
    process.umask(given);
    return;
  }
  const used = given & ~OWN_PERMISSIONS;
  process.umask(used);
  const octal = (mask) => mask.toString(8).padStart(4, '0');
  say(`with umask ${octal(given)} nobody could read the files that are made here: using ${octal(used)}`);
}

/** The Node that everything runs on from here: the one that came with the dependencies, else this one. */
function findNode(env) {
  if (!existsSync(OWN_NODE)) {
    const [major, minor] = process.versions.node.split('.').map(Number);
    const isNewEnough = major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR);
    if (isNewEnough) return process.execPath;
    return fail(
      `no Node 24 comes with npm for ${process.platform}-${process.arch}, and this one is ${process.version}: install Node ≥ ${OLDEST_MAJOR}.${OLDEST_MINOR}.`,
    );
  }
  if (realpathSync(OWN_NODE) === realpathSync(process.execPath)) return process.execPath;
  // Package managers cannot tell C libraries apart: on musl the binary is there and does not run.
  const { status, stderr, error } = spawnSync(OWN_NODE, ['--version'], { env, encoding: 'utf8' });
  if (status === 0) return OWN_NODE;
  const why = error?.message ?? stderr.trim();
  return fail(`${OWN_NODE} does not run on this system (${why}); it needs glibc on Linux.`);
}

/** Runs a command to its end in place of this process: signals go to it, its exit code is this process's. */
function handOver(command, args, env) {
  const child = spawn(command, args, { stdio: 'inherit', env });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  // A killed npm cannot pass its signal on.
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    child.kill('SIGHUP');
  }, PARENT_LOOK_MS);
  look.unref();
  child.once('error', (error) => fail(`${command} does not start: ${error.message}`));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

export async function launch([what = '', ...args]) {
  keepOwnFilesReadable();
  await ensureInstalled();
  const { env, left } = projectEnv(process.env, BIN);
  const node = findNode(env);
  if (left.length > 0) say(`not passed on to the processes of this project: ${left.join(', ')}`);
  if (!what.endsWith('.ts')) {
    handOver(join(BIN, what), args, env);
    return;
  }
  const file = resolve(ROOT, what);
  // Node itself has read these at its start.
  const mustStartAnew = left.length > 0 || process.env.NODE_USE_ENV_PROXY;
  if (node !== process.execPath || mustStartAnew) {
    handOver(node, [file, ...args], env);
    return;
  }
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.argv[0], file, ...args];
  await import(pathToFileURL(file).href);
}
