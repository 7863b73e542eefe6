/** What the platform hands to the edge: see wrangler.toml. Read per request, never kept. */
export interface Env {
  DB: D1Database;
  BLOBS: R2Bucket;
  EXECUTIONS: DurableObjectNamespace;
  DISPATCH: DurableObjectNamespace;
  /** Dispatch shards per pool. */
  DISPATCH_SHARDS: string;
  /** Page of an attempt in Temporal's UI, with `{namespace}` and `{workflow_id}`; absent: as the worker announced its UI. */
  EXECUTION_URL_TEMPLATE?: string;
}
