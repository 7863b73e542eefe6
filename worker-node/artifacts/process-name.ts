import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/*
 * A name for a process, fit for a file: `{place}-{pid}-{start}`. The place is what gives a pid its meaning (a machine, and
 * on it a container); the start tells a process from a later one with the same pid.
 */
const NAME = /^([0-9a-f]{8})-(\d{1,10})-([0-9a-f]{8})$/;

/** Undefined when the process does not run, or this system does not tell. */
export function processName(pid: number): string | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : `${place()}-${pid}-${short(start)}`;
}

/**
 * Whether the process of that name has ended. `unknown`: it is of another place, where this process cannot look, or the
 * text is no such name.
 */
export function processState(name: string): 'runs' | 'ended' | 'unknown' {
  const [, where, pid] = NAME.exec(name) ?? [];
  // A system that does not tell of this process does not tell of others either.
  if (where !== place() || processName(process.pid) === undefined) return 'unknown';
  return processName(Number(pid)) === name ? 'runs' : 'ended';
}

/** Machines that share a folder may have the same host name, and containers of one machine the same pids. */
function place(): string {
  return short([hostname(), read('/etc/machine-id'), link('/proc/self/ns/pid')].join('\n'));
}

/** When a process started, as text that no later process with the same pid has. A zombie has ended. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
      return state?.startsWith('Z') ? undefined : started.join(' ') || undefined;
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name in brackets may hold anything; the fields after it: state … start in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
