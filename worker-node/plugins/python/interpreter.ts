import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface Interpreter {
  /** Absolute path. */
  path: string;
  /** Such as 3.11.8. */
  version: string;
}

const PROBE =
  'import sys; print(sys.executable); print(".".join(map(str, sys.version_info[:3]))); sys.exit(sys.version_info < (3, 9))';
const PROBE_TIMEOUT_MS = 10_000;

/** The Python of this machine, 3.9 or newer: `WF_PYTHON`, else python3 or python on PATH. Undefined when there is none. */
export async function findInterpreter(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Interpreter | undefined> {
  for (const command of env.WF_PYTHON ? [env.WF_PYTHON] : ['python3', 'python']) {
    try {
      const { stdout } = await promisify(execFile)(command, ['-c', PROBE], {
        timeout: PROBE_TIMEOUT_MS,
        env: { ...env },
      });
      const [path, version] = stdout.trim().split('\n');
      if (path && version) return { path, version };
    } catch {
      // Absent, too old or broken: the next one may do.
    }
  }
  return undefined;
}
