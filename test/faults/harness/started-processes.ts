import { readdirSync, readFileSync } from 'node:fs';

export interface StartedProcess {
  pid: number;
  /** Its environment as it was when it began. */
  env: Record<string, string>;
}

function environment(pid: number): Record<string, string> {
  try {
    const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.fromEntries(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.replace(/^.*?=/, '')]));
  } catch {
    // It has ended, or belongs to somebody else.
    return {};
  }
}

/**
 * A mark for the environment of a command, which whatever it starts inherits, however deep and in whichever process
 * group. Needs /proc.
 */
export function markProcesses() {
  const mark = crypto.randomUUID();
  return {
    env: { WF_TEST_MARK: mark },
    /** The processes that carry the mark and run. */
    running: (): StartedProcess[] =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map((name) => ({ pid: Number(name), env: environment(Number(name)) }))
        .filter(({ env }) => env.WF_TEST_MARK === mark),
  };
}
