import { ApplicationFailure } from '@temporalio/activity';
import { createNewest } from '../newest.ts';
import type { RunStepInput, StepFailure, StepSuccess } from './contract.ts';
import { stepFailed } from './step-error.ts';

/** Steps whose end is remembered, of at most a few kilobytes each: more than end while the engine is away. */
const REMEMBERED = 2_000;

type End = { success: StepSuccess } | { failure: StepFailure };

interface Remembered {
  /** The try that ended so, and the newest that was answered with that end. */
  ran: number;
  told: number;
  /** Failed tries that the engine counted before it. */
  failed: number;
  end: End;
}

/** How tries ended by themselves in this process. The engine may give one up before it can be told, and ask for the next. */
export interface RememberedEnds {
  remember(step: string, input: RunStepInput, ending: Promise<StepSuccess>): Promise<StepSuccess>;
  /** The end of the try before the one that is asked for, if the engine has not heard of it. */
  unheard(step: string, input: RunStepInput): { why: string; tell(): StepSuccess } | undefined;
}

export function createRememberedEnds(): RememberedEnds {
  const ends = createNewest<Remembered>(REMEMBERED);

  function put(step: string, { try: ran, failed = 0 }: RunStepInput, end: End): void {
    ends.put(step, { ran, told: ran, failed, end });
  }

  return {
    async remember(step, input, ending) {
      try {
        const success = await ending;
        put(step, input, { success });
        return success;
      } catch (error) {
        const failure = failureOf(error);
        if (failure?.outcome === 'failed') put(step, input, { failure });
        throw error;
      }
    },
    unheard(step, input) {
      const known = ends.get(step);
      // A later try has started elsewhere: that one counts.
      if (!known || known.told !== input.try - 1) return undefined;
      const { end, ran, failed } = known;
      // A failure that the engine has heard of is among those that it counts: this is the try that follows from it.
      if ('failure' in end && failed !== (input.failed ?? 0)) return undefined;
      ends.put(step, { ...known, told: input.try });
      const how = 'success' in end ? 'completed' : 'failed';
      return {
        why: `Not run again: try ${ran} has ${how} here, which Temporal had not heard of.`,
        tell() {
          if ('success' in end) return { ...end.success, try: ran };
          throw stepFailed({ ...end.failure, try: ran });
        },
      };
    },
  };
}

const failureOf = (error: unknown): StepFailure | undefined =>
  // The one detail that runStep gives its failures.
  error instanceof ApplicationFailure ? (error.details?.[0] as StepFailure | undefined) : undefined;
