/** The dispatch shard of an execution: FNV-1a of its id, so that every caller finds the same one. */
export function shardOf(executionId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < executionId.length; i++) hash = Math.imul(hash ^ executionId.charCodeAt(i), 0x01000193) >>> 0;
  return hash % shards;
}

/** Number of shards per pool, from the binding `DISPATCH_SHARDS`; 1 when it is not set. */
export function shardCount(text: string | undefined): number {
  const count = Number(text ?? '1');
  if (!Number.isInteger(count) || count < 1 || count > 1_024)
    throw new Error(`DISPATCH_SHARDS must be an integer from 1 to 1024, not ${text}`);
  return count;
}
