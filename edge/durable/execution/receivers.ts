import { drizzle } from 'drizzle-orm/d1';
import type { Execution } from '../../../shared/schemas/execution.ts';
import type { Env } from '../../env.ts';
import { updateExecutionIndex } from '../../repositories/executions.ts';
import type { DispatchApi } from '../dispatch-api.ts';
import { createOutputStore, type OutputStore } from '../output-store.ts';
import { shardCount, shardOf } from '../shards.ts';
import { dispatchStub } from '../stubs.ts';

/** Whom an execution talks to. */
export interface Receivers {
  /** See updateExecutionIndex. */
  updateIndex(workspaceId: string, state: { execution: Execution; listed: boolean }): Promise<void>;
  dispatch(workspaceId: string, pool: string, executionId: string): DispatchApi;
  outputs: OutputStore;
}

export function createReceivers(env: Env): Receivers {
  const db = drizzle(env.DB);
  return {
    updateIndex: (workspaceId, state) => updateExecutionIndex(db, workspaceId, state),
    dispatch: (workspaceId, pool, executionId) =>
      dispatchStub(env.DISPATCH, {
        workspaceId,
        pool,
        shard: shardOf(executionId, shardCount(env.DISPATCH_SHARDS)),
      }),
    outputs: createOutputStore(env.BLOBS),
  };
}
