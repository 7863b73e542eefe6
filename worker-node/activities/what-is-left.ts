import { StoppedWithOutput } from '../plugins/define-plugin.ts';
import type { RunStepInput, StepFailure, TryOutcome } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { toStepError } from './step-error.ts';
import { storeOutput } from './step-output.ts';
import type { Try } from './try.ts';

export interface Left {
  artifacts: string[];
  output: Pick<StepFailure, 'output' | 'inline_bytes'>;
}

/**
 * Keeps what a try that did not complete has left: its files, and the output of an operation that a stop has ended in good
 * order. Whatever cannot be kept is told, and changes nothing about how the try ended.
 */
export async function keepWhatIsLeft(
  { edge }: Pick<ActivityDeps, 'edge'>,
  input: RunStepInput,
  { artifacts, control, reporter }: Pick<Try, 'artifacts' | 'control' | 'reporter'>,
  { outcome, error }: { outcome: TryOutcome; error: unknown },
): Promise<Left> {
  // The next try does it all again, or nothing is wanted.
  if (outcome === 'lost' || outcome === 'withdrawn') return { artifacts: [], output: {} };

  async function unlessItFails<T>(what: string, keep: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await keep();
    } catch (cause) {
      const { code, message } = toStepError(cause, undefined);
      reporter.log('WARN', `${what} of this try cannot be kept: ${code}: ${message}`);
      return otherwise;
    }
  }

  if (control.abandoned)
    reporter.log('WARN', 'The operation did not end in time: what it had not stored by then is not kept.');
  const stored = await unlessItFails('The artifacts', async () => {
    await artifacts.seal(outcome);
    return artifacts.stored();
  }, []);
  if (outcome !== 'cancelled' || !(error instanceof StoppedWithOutput)) return { artifacts: stored, output: {} };
  const store = () => storeOutput(edge, input, error.output, control.storingSignal);
  return { artifacts: stored, output: await unlessItFails<Left['output']>('The output', store, {}) };
}
