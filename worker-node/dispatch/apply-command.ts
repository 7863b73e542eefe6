import type { Command } from '../../shared/schemas/command.ts';
import type { WorkflowSightings } from '../activities/deps.ts';
import { type Backoff, backoffMs } from '../backoff.ts';
import type { Logger } from '../logger.ts';
import { createNewest } from '../newest.ts';
import type { CommandOutcome, DispatcherOptions } from './dispatcher.ts';
import { refusedUpdate } from './engine-close.ts';
import { engineFailure } from './engine-error.ts';
import type { Poster } from './poster.ts';
import type { RunTruth, StartCommand, TemporalGateway } from './temporal-gateway.ts';

export interface ApplyCommandDeps {
  gateway: Pick<TemporalGateway, 'start' | 'stop' | 'describe'>;
  poster: Pick<Poster, 'post' | 'publish'>;
  sightings: WorkflowSightings;
  logger: Logger;
}

/** Until a command that the engine could not take is delivered again. */
const BACKOFF: Backoff = { firstMs: 1_000, maxMs: 15_000 };
/** A run whose tries have heard of the stop waits SIGNAL_DELAY_MS for the stop itself. */
const STOP_BACKOFF: Backoff = { firstMs: 1_000, maxMs: 5_000 };
/** Commands whose failures are counted; an older one merely begins anew. */
const COUNTED = 50_000;
const NOT_TAKEN = 'Temporal does not take the start now; it is tried again until it does';
const CONNECTION_LOST = 'the connection that brought the command was lost';

/** Turns commands into calls of the engine. Throws only what is not the engine's failure. */
export function createApplyCommand({
  gateway,
  poster,
  sightings,
  logger,
}: ApplyCommandDeps): DispatcherOptions['apply'] {
  // By command: how often in a row the engine could not take it.
  const failures = createNewest<number>(COUNTED);

  /** Counts a failure; the first one in a row is told. */
  function handBack({ id, type, execution_id, attempt }: Command, detail: string, tell?: () => void): CommandOutcome {
    const count = (failures.get(id) ?? 0) + 1;
    failures.put(id, count);
    if (count === 1) {
      logger.warn(`the engine cannot take a ${type}`, { execution_id, attempt, detail });
      tell?.();
    }
    const backoff = type === 'stop' ? STOP_BACKOFF : BACKOFF;
    return { done: false, retryAfterMs: Math.round(backoffMs(backoff, count)), detail };
  }

  function done({ id }: Command): CommandOutcome {
    failures.delete(id);
    return { done: true };
  }

  async function start(command: StartCommand, signal: AbortSignal): Promise<CommandOutcome> {
    const { execution_id, attempt } = command;
    try {
      await gateway.start(command, signal);
      return done(command);
    } catch (error) {
      if (signal.aborted) return { done: false, retryAfterMs: BACKOFF.firstMs, detail: CONNECTION_LOST };
      const { kind, detail } = engineFailure(error);
      const at = new Date();
      if (kind === 'refused') {
        await poster.publish(execution_id, attempt, [refusedUpdate(detail, at)]);
        return done(command);
      }
      return handBack(command, detail, () => {
        const of = { reason: 'engine_down', detail: `${NOT_TAKEN}: ${detail}`, at: at.toISOString() } as const;
        poster.post(execution_id, attempt, [{ type: 'start_delayed', ...of }]);
      });
    }
  }

  async function onRun(command: Exclude<Command, StartCommand>): Promise<CommandOutcome> {
    const { id, type, execution_id, attempt, payload } = command;
    let truth: RunTruth | undefined;
    try {
      if (type === 'stop') await gateway.stop(execution_id, attempt, { ...payload, command_id: id });
      else truth = await gateway.describe(execution_id, attempt);
    } catch (error) {
      return handBack(command, engineFailure(error).detail);
    }
    for (const updates of truth?.updates ?? []) await poster.publish(execution_id, attempt, updates);
    // Or the edge would ask again and again: no workflow task runs, and tells of it, before that.
    if (truth?.quietUntil) sightings.seen(execution_id, attempt, truth.quietUntil);
    return done(command);
  }

  return (command, signal) => (command.type === 'start' ? start(command, signal) : onRun(command));
}
