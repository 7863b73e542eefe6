import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { clip } from '../../../shared/domain/clip.ts';
import { onPath } from '../../on-path.ts';
import { scriptEnv } from '../script/script-env.ts';

export interface Interpreter {
  /** Absolute path. */
  path: string;
  /** Such as 3.11.8. */
  version: string;
}

/** Why no Python of this machine can be used. */
export interface NoInterpreter {
  absent: string;
}

/** Understood by every Python. The mark tells the answer from what start-up files print. */
const PROBE =
  'import sys, json; print("\\nwf-python " + json.dumps([sys.executable, ".".join(map(str, sys.version_info[:3]))]))';
const ANSWER = /^wf-python (\[.*\])$/m;
const OLDEST_MINOR = 9;
const PROBE_TIMEOUT_MS = 10_000;
const REASON_LENGTH = 300;
/** `python3` may be a system's own old one, with a newer one beside it. */
const COMMANDS = ['python3', 'python', ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${minor}`)];
/** Tools that put another Python behind the same name, by variables that scripts do not see. */
const CHOOSERS = /^(?:PYENV|ASDF|MISE)_/;

/**
 * The Python of this machine, 3.9 or newer: `WF_PYTHON`, else the first on PATH. It is tried with what scripts see of the
 * environment: variables such as PYTHONHOME, which they do not get, do not count.
 */
export async function findInterpreter(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Interpreter | NoInterpreter> {
  const reasons: string[] = [];
  const tried = env.WF_PYTHON
    ? [env.WF_PYTHON]
    : COMMANDS.flatMap((name) => onPath(name, env) ?? []).filter((path, at, all) => all.indexOf(path) === at);
  for (const command of tried) {
    const found = await probe(command, env);
    if (typeof found !== 'string') return found;
    reasons.push(`${command} ${found}`);
  }
  const why = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  return { absent: `Python 3.9 or newer was not found${why}: install it, or set WF_PYTHON to its path` };
}

/** Answers why it can't be used as text. */
async function probe(
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Interpreter | string> {
  const choosers = Object.fromEntries(Object.entries(env).filter(([name]) => CHOOSERS.test(name)));
  try {
    const options = { timeout: PROBE_TIMEOUT_MS, env: { ...scriptEnv(env), ...choosers } };
    const { stdout } = await promisify(execFile)(command, ['-c', PROBE], options);
    const answer = ANSWER.exec(stdout)?.[1];
    if (answer === undefined) return `answers as no Python does: ${words(stdout)}`;
    // The probe itself has written it.
    const [path, version] = JSON.parse(answer) as [string | null, string];
    if (!path) return 'does not know its own path';
    const [major = 0, minor = 0] = version.split('.').map(Number);
    return major > 3 || (major === 3 && minor >= OLDEST_MINOR) ? { path, version } : `is ${version}`;
  } catch (error) {
    const {
      stderr = '',
      message,
      killed,
      code,
    } = error as Error & { stderr?: string; killed?: boolean; code?: unknown };
    if (killed) return `does not answer within ${PROBE_TIMEOUT_MS / 1_000} s`;
    return code === 'ENOENT' ? 'is not there' : `says: ${words(stderr) || message}`;
  }
}

/** A traceback says at its end what is wrong, all else at its beginning. */
function words(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '');
  const line = said.some((each) => each.startsWith('Traceback')) ? said.at(-1) : said.slice(0, 2).join(' ');
  return clip(line ?? '', REASON_LENGTH, '…');
}
