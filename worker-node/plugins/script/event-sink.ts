import { resolve } from 'node:path';
import { clip } from '../../../shared/domain/clip.ts';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { OperationContext, PluginErrorShape } from '../define-plugin.ts';
import { parseScriptEvent } from './script-event.ts';

/** Invalid events that are reported; the rest of them would only repeat it. */
const MAX_COMPLAINTS = 10;

export interface EventSink {
  line(line: string): void;
  /** Waits until all reported files are stored, or refused. Throws the first failure among them. */
  stored(): Promise<void>;
  /** What the script said that went wrong, last. */
  error(): PluginErrorShape | undefined;
}

/** Takes the event lines of a script and passes them on to the runner. */
export function createEventSink(
  ctx: Pick<OperationContext<unknown>, 'log' | 'progress' | 'artifacts'>,
  workdir: string,
  report: (usage: Partial<StepUsage>) => void,
): EventSink {
  let failure: PluginErrorShape | undefined;
  let complaints = 0;
  // One after the other: a name that is reported twice ends up with the later file.
  let storing: Promise<unknown> = Promise.resolve();
  const refusals: unknown[] = [];

  return {
    line(line) {
      const event = parseScriptEvent(line);
      if (typeof event === 'string') {
        if (++complaints <= MAX_COMPLAINTS)
          ctx.log('WARN', `Ignored an invalid event of the script: ${event}`, { event: clip(line, 200, '…') });
        return;
      }
      switch (event.type) {
        case 'log':
          return ctx.log(event.level, event.message, event.metadata);
        case 'progress':
          return ctx.progress({
            ...(event.percentage !== undefined && { percentage: event.percentage }),
            ...(event.current_operation !== undefined && { current_operation: event.current_operation }),
          });
        case 'usage': {
          const { type, ...usage } = event;
          return report(usage);
        }
        case 'artifact':
          storing = storing
            .then(() => ctx.artifacts.put(event.name, resolve(workdir, event.path)))
            .catch((error) => refusals.push(error));
          return;
        case 'error':
          failure = {
            code: event.code,
            message: event.message,
            retryable: event.retryable,
            ...(event.details && { details: event.details }),
          };
          return;
        default:
          return event satisfies never;
      }
    },
    async stored() {
      await storing;
      for (const refusal of refusals) throw refusal;
    },
    error: () => failure,
  };
}
