import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { DIRECT_CHANNEL } from '../../../worker-node/engine-channel.ts';

/** One go at an answer: a server that accepts a connection may still never say anything. */
const ANSWER_MS = 2_000;

export interface TemporalTarget {
  address: string;
  namespace: string;
}

/** Resolves to the server's version once the namespace answers. Rejects when `signal` aborts, with the last answer as the cause. */
export async function waitForTemporal({ address, namespace }: TemporalTarget, signal?: AbortSignal): Promise<string> {
  let last: unknown;
  while (!signal?.aborted) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000, channelArgs: DIRECT_CHANNEL });
      try {
        return await connection.withDeadline(Date.now() + ANSWER_MS, async () => {
          await connection.workflowService.describeNamespace({ namespace });
          return (await connection.workflowService.getSystemInfo({})).serverVersion;
        });
      } finally {
        await connection.close();
      }
    } catch (error) {
      last = error;
      await sleep(50);
    }
  }
  throw new Error(`Temporal at ${address} does not serve the namespace ${namespace}`, { cause: last });
}
