import type { DispatchApi } from './dispatch-api.ts';
import type { ExecutionApi } from './execution-api.ts';

// The casts name what the classes implement: RPC stubs are typed by mapping every value that crosses them, which the
// compiler cannot do for recursive JSON.

/** The object of an execution; it answers null for one that was never created. */
export const executionStub = (namespace: DurableObjectNamespace, workspaceId: string, executionId: string) =>
  namespace.getByName(`${workspaceId}/${executionId}`) as unknown as ExecutionApi & Pick<Fetcher, 'fetch'>;

/** The object of a dispatch shard. */
export const dispatchStub = (
  namespace: DurableObjectNamespace,
  { workspaceId, pool, shard }: { workspaceId: string; pool: string; shard: number },
) => namespace.getByName(`${workspaceId}/${pool}/${shard}`) as unknown as DispatchApi & Pick<Fetcher, 'fetch'>;
