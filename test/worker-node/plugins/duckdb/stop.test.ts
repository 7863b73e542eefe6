import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { newObserved } from '../run-operation.ts';
import { runApart } from './project.ts';

describe('stopping duckdb', () => {
  const runaway = 'SELECT sum(a.range * b.range % 7) FROM range(10000000) a, range(10000000) b';

  it('ends a runaway query with the reason of the abort', async () => {
    const abort = new AbortController();
    const reason = new PluginError({ code: 'CANCELLED', message: 'stopped', retryable: false });
    const observed = newObserved();
    const running = runApart({ sql: runaway }, { signal: abort.signal, observed });
    await expect.poll(() => observed.usage.cpu_seconds ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it.skipIf(process.platform !== 'linux')('reports a process that dies, and allows a retry', async () => {
    const observed = newObserved();
    const running = runApart({ sql: runaway }, { observed });
    await expect.poll(() => observed.usage.cpu_seconds ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
    const [child] = await childrenRunning('duckdb/child.ts');
    if (child === undefined) throw new Error('no DuckDB process');
    process.kill(child, 'SIGSEGV');
    await expect(running).rejects.toMatchObject({ code: 'DUCKDB_CRASHED', retryable: true });
  });

  it('does not start when it is aborted already', async () => {
    const reason = new Error('too late');
    await expect(runApart({ sql: 'SELECT 1' }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

/** Ids of this process' children whose command line holds `text`. */
async function childrenRunning(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const matches = await Promise.all(
    pids.map(async (pid) => {
      const [stat, command] = await Promise.all(
        ['stat', 'cmdline'].map((file) => readFile(join('/proc', pid, file), 'utf8').catch(() => '')),
      );
      const parent = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === process.pid && command?.includes(text) ? [Number(pid)] : [];
    }),
  );
  return matches.flat();
}
