import { env, runInDurableObject } from 'cloudflare:test';
import { dispatchStub } from '../../../edge/durable/stubs.ts';
import type { Command } from '../../../shared/schemas/command.ts';
import { dispatchObject, WORKSPACE } from './executions.ts';

/** The queue of a pool with one shard. */
export const dispatchOf = (pool: string) => dispatchStub(env.DISPATCH, { workspaceId: WORKSPACE, pool, shard: 0 });

export const start = (execution_id: string, attempt = 1): Command => ({
  type: 'start',
  id: `${execution_id}.${attempt}.start`,
  execution_id,
  attempt,
  payload: {
    context: {
      execution: { id: execution_id, name: null, attempt, created_at: '', scheduled_at: null },
      workflow: { id: 'wf_1', name: 'churn', version: '1.0.0' },
      parameters: {},
    },
    priority: 'normal',
    plan: null,
  },
});

export const stop = (execution_id: string): Command => ({
  type: 'stop',
  id: `${execution_id}.1.stop`,
  execution_id,
  attempt: 1,
  payload: { reason: null, graceful: true, cleanup_resources: true, save_partial_results: true },
});

export const reconcile = (execution_id: string): Command => ({
  type: 'reconcile',
  id: `${execution_id}.1.reconcile`,
  execution_id,
  attempt: 1,
  payload: {},
});

/** Lets time pass as far as the queue is concerned: what is in flight was sent `ms` earlier. */
export const age = (pool: string, ms: number) =>
  runInDurableObject(dispatchObject(pool), (_instance, { storage }) => {
    storage.sql.exec('UPDATE commands SET due = due - ?', ms);
  });
