import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { startOf } from './process-start.mjs';

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
