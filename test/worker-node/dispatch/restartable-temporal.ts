import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../scripts/local/free-port.ts';
import { findTemporal } from '../../../scripts/local/temporal/find-temporal.ts';
import type { TemporalHostConfig } from '../../../scripts/local/temporal-host.ts';

const HOST = join(import.meta.dirname, '../../../scripts/local/temporal-host.ts');

/** A dev server that can be killed and started again on the same port, with what it had stored. Not started at first. */
export async function restartableTemporal() {
  const folder = await mkdtemp(join(tmpdir(), 'wf-temporal-'));
  const { binary } = await findTemporal({ say: (text) => console.error(text) });
  const [port, uiPort] = [await freePort(0), await freePort(0)];
  const config: TemporalHostConfig = { binary, dataDir: folder, port, uiPort, namespace: 'default' };
  let host: ChildProcess | undefined;
  let server: number | undefined;

  async function start(): Promise<void> {
    const child = fork(HOST, [JSON.stringify(config)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    host = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the dev server ended at its start')));
      child.on('message', (message: { type: string; pid?: number }) => {
        if (message.type === 'native') server = message.pid;
        if (message.type === 'ready') resolve();
      });
    });
  }

  /** SIGKILL to the server itself; its host then ends too. */
  async function kill(): Promise<void> {
    if (!host || server === undefined) return;
    const exited = host.exitCode === null ? once(host, 'exit') : undefined;
    process.kill(server, 'SIGKILL');
    await exited;
    host = undefined;
  }

  return {
    address: `127.0.0.1:${port}`,
    start,
    kill,
    async remove() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
