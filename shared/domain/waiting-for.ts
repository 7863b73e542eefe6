import type { WaitingFor } from '../schemas/execution.ts';

/** Why an execution waits of whose pool no worker is connected: in the same words, so that they can be taken back. */
export const noWorkerConnected = (pool: string): WaitingFor => ({
  reason: 'no_worker',
  detail: `No worker of pool "${pool}" is connected.`,
});

/** Why an execution waits when the workers of its pool said that they do not reach the engine. */
export const engineUnreachable = (pool: string): WaitingFor => ({
  reason: 'engine_down',
  detail: `No worker of pool "${pool}" reaches Temporal.`,
});
