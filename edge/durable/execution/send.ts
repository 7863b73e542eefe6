import { sameValue } from '../../../shared/domain/diff-fields.ts';
import { noWorkerConnected } from '../../../shared/domain/waiting-for.ts';
import type { DispatchApi } from '../dispatch-api.ts';
import { type CommandEntry, commandOf } from './commands.ts';
import type { LiveExecution } from './live-execution.ts';
import type { OutboxEntry, SendResult } from './outbox.ts';
import type { Receivers } from './receivers.ts';

/** How often the dispatcher is asked whether a start that a worker holds came back. */
const WITHDRAW_POLL_MS = 250;
const WITHDRAW_POLL_MAX_MS = 2_000;

/** Sends outbox entries to those whom they concern, and takes in what these answer. */
export function createSend(live: LiveExecution, receivers: Receivers, now: () => number) {
  const { workspace_id, pool } = live.meta;
  const { execution_id } = live.state().header;
  // Forgotten with the object's memory: then everything is written once more.
  let listed = false;
  const dispatch = (): DispatchApi => receivers.dispatch(workspace_id, pool, execution_id);

  async function send(entry: OutboxEntry, tries: number): Promise<SendResult> {
    const { attempt } = live.state().core;
    switch (entry.kind) {
      case 'index':
        await receivers.updateIndex(workspace_id, { execution: live.render(), listed });
        listed = true;
        return 'done';
      case 'delete_outputs':
        await receivers.outputs.removeAll(workspace_id, execution_id);
        return 'done';
      case 'start':
      case 'reconcile':
      case 'stop':
        return enqueue(entry);
      case 'forget':
        await dispatch().forget(execution_id, attempt);
        return 'done';
      case 'withdraw':
        return withdraw(attempt, tries);
      default:
        throw new Error(`unknown outbox entry ${JSON.stringify(entry satisfies never)}`);
    }
  }

  async function enqueue(entry: CommandEntry): Promise<SendResult> {
    const state = live.state();
    if (state.core.end !== null) return 'done';
    const { workers } = await dispatch().enqueue([commandOf(entry, { meta: live.meta, state, planText })]);
    // Of an execution that has started, apply takes no such news.
    if (entry.kind !== 'stop') tellWhetherWorkersAreThere(workers);
    return 'done';
  }

  function planText(): string {
    const text = live.store.planText(live.state().core.attempt);
    if (text === null) throw new Error('the attempt has no plan');
    return text;
  }

  /**
   * What was said at the start came from the index of workers, which may lag, and workers come and go while the start
   * waits; the dispatcher knows. Without a worker nobody can say how the engine is; what a connected one says stands.
   */
  function tellWhetherWorkersAreThere(workers: number): void {
    const { waiting_for } = live.state().core;
    const nobody = noWorkerConnected(pool);
    if (workers === 0) live.take({ inputs: [{ type: 'waiting_for', waiting_for: nobody }] });
    else if (sameValue(waiting_for, nobody)) live.take({ inputs: [{ type: 'waiting_for', waiting_for: null }] });
  }

  /** A start that nobody holds any longer ends the execution; one that has become a run is stopped like any other. */
  async function withdraw(attempt: number, tries: number): Promise<SendResult> {
    if (live.state().core.end !== null) return 'done';
    const answer = live.state().core.started_at === null ? await dispatch().withdraw(execution_id, attempt) : 'acked';
    if (answer === 'in_flight') return Math.min(WITHDRAW_POLL_MS * 2 ** tries, WITHDRAW_POLL_MAX_MS);
    const { core } = live.state();
    if (core.end !== null) return 'done';
    if (answer === 'withdrawn' && core.started_at === null)
      live.take({ inputs: [{ type: 'withdrawn', at: new Date(now()).toISOString() }] });
    else live.take({ inputs: [], outbox: [{ lane: 'dispatch', kind: 'stop', graceful: core.stop?.graceful ?? true }] });
    return 'done';
  }

  return send;
}
