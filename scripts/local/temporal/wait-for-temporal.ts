import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

/** One go at an answer: a server that accepts a connection may still never say anything. */
const ANSWER_MS = 2_000;

export interface TemporalTarget {
  address: string;
  namespace: string;
}

/** Resolves once the namespace answers. Rejects when `signal` aborts, with the last answer as the cause. */
export async function waitForTemporal({ address, namespace }: TemporalTarget, signal?: AbortSignal): Promise<void> {
  let last: unknown;
  while (!signal?.aborted) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 });
      try {
        const ask = () => connection.workflowService.describeNamespace({ namespace });
        await connection.withDeadline(Date.now() + ANSWER_MS, ask);
        return;
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
