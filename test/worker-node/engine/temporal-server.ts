import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/local/free-port.ts';
import { isPartMessage } from '../../../scripts/local/part-messages.ts';
import { findTemporal } from '../../../scripts/local/temporal/find-temporal.ts';
import type { TemporalHostConfig } from '../../../scripts/local/temporal-host.ts';

const HOST = join(import.meta.dirname, '../../../scripts/local/temporal-host.ts');

export interface TemporalServer {
  address: string;
  stop(): Promise<void>;
}

/** A Temporal dev server of its own, tuned as in the local stack. It ends with this process at the latest. */
export async function startTemporal(): Promise<TemporalServer> {
  const { binary } = await findTemporal({ say: (text) => console.error(text) });
  const folder = await mkdtemp(join(tmpdir(), 'wf-temporal-'));
  const port = await freePort(0);
  const uiPort = await freePort(0);
  const config: TemporalHostConfig = { binary, dataDir: folder, port, uiPort, namespace: 'default' };
  const host = fork(HOST, [JSON.stringify(config)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const exited = once(host, 'exit');
  const ready = new Promise<void>((resolve) => {
    host.on('message', (message) => isPartMessage(message) && message.type === 'ready' && resolve());
  });
  await Promise.race([
    ready,
    exited.then(([code]) => {
      throw new Error(`Temporal's dev server ended at its start (exit code ${code})`);
    }),
  ]);
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      host.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
