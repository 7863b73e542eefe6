// Plain JavaScript because scripts/run.mjs needs it before Node 24 is installed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function startOf(pid) {
  try {
    if (process.platform !== 'linux') {
      const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
      return state?.startsWith('Z') ? undefined : started.join(' ') || undefined;
    }
    // The command name, field 2, may itself hold spaces and parentheses: the fields after it begin behind the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    // Field 22 counts ticks since boot, so the boot belongs to it.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}:${fields[19]}`;
  } catch {
    return undefined;
  }
}
