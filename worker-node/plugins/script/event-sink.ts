import { resolve } from 'node:path';
import { clip } from '../../../shared/domain/clip.ts';
import type { StepUsage } from '../../../shared/schemas/execution.ts';
import type { OperationContext, PluginErrorShape } from '../define-plugin.ts';
import { EventParts } from './event-parts.ts';
import { followsFromChild } from './follows-from-child.ts';
import { parseScriptEvent, type ScriptEvent } from './script-event.ts';

/** Complaints about events that are logged one by one; of the rest the number is. */
const MAX_COMPLAINTS = 10;
const MAX_COMPLAINT_LENGTH = 1_000;
/** Characters of an event that its complaint shows. */
const SHOWN_LENGTH = 200;
/** The code of a script that crashed. */
const UNDECLARED = 'SCRIPT_FAILED';

export interface EventSink {
  line(line: string): void;
  /** No further line comes: tells of the complaints and events that were not. */
  end(): void;
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
  /** The last failure that was declared, by a code of its own. */
  let declared: PluginErrorShape | undefined;
  let complaints = 0;
  const parts = new EventParts();
  // One after the other: a name that is reported twice ends up with the later file.
  let storing: Promise<unknown> = Promise.resolve();
  const refusals: unknown[] = [];

  /** What a script writes is never a reason to throw: whoever reads its pipe has nobody to catch it. */
  function line(text: string): void {
    try {
      read(text);
    } catch (error) {
      complain(`it cannot be read: ${error}`, text, false);
    }
  }

  function read(text: string, inParts = false): void {
    const { event, complaints } = parseScriptEvent(text);
    for (const complaint of complaints) complain(complaint, text, event !== undefined);
    if (event?.type === 'part') readPart(event, { text, inParts });
    else if (event) take(event);
  }

  function readPart(
    part: Extract<ScriptEvent, { type: 'part' }>,
    { text, inParts }: { text: string; inParts: boolean },
  ) {
    // Else one part could hold the next, and so on.
    const { whole, complaint } = inParts ? { complaint: 'it is a part, and came in parts' } : parts.add(part);
    if (complaint !== undefined) complain(complaint, text, false);
    if (whole !== undefined) read(whole, true);
  }

  function complain(complaint: string, text: string, taken: boolean): void {
    if (++complaints > MAX_COMPLAINTS) return;
    const what = taken ? 'Left out a part of an event' : 'Ignored an invalid event';
    ctx.log('WARN', `${what} of the script: ${clip(complaint, MAX_COMPLAINT_LENGTH, ' … (cut)')}`, {
      event: clip(text, SHOWN_LENGTH),
    });
  }

  function take(event: Exclude<ScriptEvent, { type: 'part' }>): void {
    switch (event.type) {
      case 'log':
        ctx.log(event.level, event.message, event.metadata);
        return;
      case 'progress': {
        const { type: _, ...progress } = event;
        ctx.progress(progress);
        return;
      }
      case 'usage':
        report(event.usage);
        return;
      case 'artifact':
        storing = storing
          .then(() => ctx.artifacts.put(event.name, resolve(workdir, event.path)))
          .catch((error) => refusals.push(error));
        return;
      case 'error': {
        const { type: _, ...error } = event;
        fail(error);
        return;
      }
      default:
        event satisfies never;
    }
  }

  /** A child's declared failure stands against the crash that it causes in its parent, and against no other error. */
  function fail(error: PluginErrorShape): void {
    if (error.code !== UNDECLARED || !error.retryable) declared = error;
    else if (declared && followsFromChild(error.message, declared)) return;
    failure =
      declared && declared !== error
        ? { ...error, details: { ...error.details, child_failure: { details: null, ...declared } } }
        : error;
  }

  return {
    line,
    end() {
      if (complaints > MAX_COMPLAINTS)
        ctx.log('WARN', `Ignored ${complaints - MAX_COMPLAINTS} more invalid events of the script.`);
      if (parts.lost > 0) ctx.log('WARN', `Lost ${parts.lost} events of the script that came in part only.`);
    },
    async stored() {
      await storing;
      for (const refusal of refusals) throw refusal;
    },
    error: () => failure,
  };
}
