import type { Plan } from '../../shared/schemas/plan.ts';
import type { EngineReach } from '../../shared/schemas/plugin.ts';
import type { PostLivingInput, PostUpdatesInput, UpdateAnswer, UpdateBatch } from '../../shared/schemas/update.ts';
import type { ChainPageAddress, ExecutionApi } from '../durable/execution-api.ts';

/** Whom it tells. */
export interface IngestDeps {
  /** The execution's object; of one that does not exist, every call says so. */
  execution(workspaceId: string, executionId: string): ExecutionApi;
  /** A worker was heard of. */
  seen(workspaceId: string, workerId: string, engine: EngineReach): Promise<void>;
  /** How long the batches of a request wait for one whose object does not answer. Default 5,000. */
  patienceMs?: number;
}

export type Ingest = ReturnType<typeof createIngest>;

/** What workers say of executions, handed to the executions' objects. */
export function createIngest({ execution, seen, patienceMs = 5_000 }: IngestDeps) {
  async function ingest(workspaceId: string, batch: UpdateBatch): Promise<UpdateAnswer> {
    try {
      return await execution(workspaceId, batch.execution_id).ingest(batch);
    } catch (error) {
      // Whether it was stored is unknown; posting it again does no harm.
      console.error(`execution ${batch.execution_id}: its object did not take a batch`, error);
      return 'retry';
    }
  }

  return {
    /** One answer per batch, in their order. An execution that cannot take its batch soon answers `retry`, and holds up no other. */
    async updates(workspaceId: string, { batches }: PostUpdatesInput): Promise<UpdateAnswer[]> {
      let timer: ReturnType<typeof setTimeout> | null = null;
      const timeUp = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, patienceMs, 'late');
      });
      const answers = await Promise.all(
        batches.map(async (batch) => {
          const answer = await Promise.race([ingest(workspaceId, batch), timeUp]);
          if (answer !== 'late') return answer;
          console.error(`execution ${batch.execution_id}: its object takes long over a batch`);
          return 'retry';
        }),
      );
      clearTimeout(timer);
      return answers;
    },

    /** Executions that live on a worker. One that cannot be told now will be at the next time, 10 s later. */
    async living(workspaceId: string, { worker_id, engine, executions }: PostLivingInput): Promise<void> {
      const told = await Promise.allSettled([
        seen(workspaceId, worker_id, engine),
        ...executions.map(({ execution_id, attempt, quiet_until }) =>
          execution(workspaceId, execution_id).living(attempt, quiet_until ?? null),
        ),
      ]);
      for (const result of told)
        if (result.status === 'rejected') console.error('a sign of life was not taken in', result.reason);
    },

    /** What an attempt runs; null for an unknown one. */
    plan: (workspaceId: string, executionId: string, attempt: number): Promise<Plan | null> =>
      execution(workspaceId, executionId).plan(attempt),

    /** See ExecutionApi. */
    saveChainPage: (workspaceId: string, executionId: string, address: ChainPageAddress, json: string) =>
      execution(workspaceId, executionId).saveChainPage(address, json),

    /** A page as JSON text; null for one that is not kept (any more). */
    chainPage: (workspaceId: string, executionId: string, address: ChainPageAddress): Promise<string | null> =>
      execution(workspaceId, executionId).chainPage(address),
  };
}
