import { type Command, engineWorkflowId } from '../../shared/schemas/command.ts';
import type { Logger } from '../logger.ts';
import type { CommandOutcome, DispatcherOptions } from './dispatcher.ts';
import { refusedUpdate } from './engine-close.ts';
import { engineFailure } from './engine-error.ts';
import type { Poster } from './poster.ts';
import type { StartCommand, TemporalGateway } from './temporal-gateway.ts';

export interface ApplyCommandDeps {
  gateway: TemporalGateway;
  poster: Pick<Poster, 'post' | 'publish'>;
  logger: Logger;
}

const ENGINE_RETRY_MS = 1_000;
const DONE: CommandOutcome = { done: true };

/** Turns commands into calls of the engine. Throws only what is not the engine's failure. */
export function createApplyCommand({ gateway, poster, logger }: ApplyCommandDeps): DispatcherOptions['apply'] {
  // Attempts whose start has been reported as delayed, so that it is said once.
  const delayed = new Set<string>();

  async function start(command: StartCommand, signal: AbortSignal): Promise<CommandOutcome> {
    const { execution_id, attempt } = command;
    const key = engineWorkflowId(execution_id, attempt);
    try {
      await gateway.start(command, signal);
      delayed.delete(key);
      return DONE;
    } catch (error) {
      if (signal.aborted) return unavailable('the connection that brought the command was lost');
      const { kind, detail } = engineFailure(error);
      const at = new Date();
      if (kind === 'refused') {
        await poster.publish(execution_id, attempt, [refusedUpdate(detail, at)]);
        return DONE;
      }
      if (!delayed.has(key)) {
        delayed.add(key);
        logger.warn('the engine cannot take a start', { execution_id, attempt, detail });
        const reason = 'engine_down';
        poster.post(execution_id, attempt, [{ type: 'start_delayed', reason, detail, at: at.toISOString() }]);
      }
      return unavailable(detail);
    }
  }

  async function onRun(command: Exclude<Command, StartCommand>): Promise<CommandOutcome> {
    const { id, type, execution_id, attempt, payload } = command;
    let pages: Awaited<ReturnType<TemporalGateway['describe']>> = [];
    try {
      if (type === 'stop') await gateway.stop(execution_id, attempt, { ...payload, command_id: id });
      else pages = await gateway.describe(execution_id, attempt);
    } catch (error) {
      const { detail } = engineFailure(error);
      logger.warn(`the engine cannot take a ${type}`, { execution_id, attempt, detail });
      return unavailable(detail);
    }
    for (const updates of pages) await poster.publish(execution_id, attempt, updates);
    return DONE;
  }

  return (command, signal) => (command.type === 'start' ? start(command, signal) : onRun(command));
}

const unavailable = (detail: string): CommandOutcome => ({ done: false, retryAfterMs: ENGINE_RETRY_MS, detail });
