import { backoffMs } from '../backoff.ts';
import { pause } from '../pause.ts';
import type { Try } from './try.ts';

const BACKOFF = { firstMs: 200, maxMs: 5_000 };

/**
 * A try whose work had ended before a stop of its execution was found asks the run to wait for what it stores: soon after a
 * stop, tries that have not ended are given up. Asks until it is answered, or the try is over; one that has been given up by
 * then keeps nothing.
 */
export async function askToWait(
  ask: () => Promise<boolean>,
  { control, artifacts, reporter }: Pick<Try, 'control' | 'artifacts' | 'reporter'>,
  over: AbortSignal,
): Promise<void> {
  for (let times = 1; !over.aborted; times++) {
    const answer = await ask().catch((error: unknown) => ({ error }));
    if (answer === true || over.aborted) return;
    if (answer === false) {
      reporter.log('WARN', 'What this try was storing is not kept: its execution has ended without it.');
      control.disown();
      await artifacts.discard();
      return;
    }
    if (times === 1)
      reporter.log('WARN', `Temporal cannot be asked to wait for this try, which is repeated: ${answer.error}`);
    await pause(backoffMs(BACKOFF, times), over);
  }
}
