import { type OperationContext, StoppedWithOutput } from '../define-plugin.ts';
import { readScriptOutput } from './script-output.ts';

/**
 * How a script ended that was told to: what exit code 0 leaves as its output may be kept. `refused`: why a file that it has
 * reported was not stored; undefined when all were.
 */
export async function howStopped(
  { signal, storingSignal, log }: Pick<OperationContext<unknown>, 'signal' | 'storingSignal' | 'log'>,
  { exitCode, outputFiles, refused }: { exitCode: number | null; outputFiles: string[]; refused: unknown },
): Promise<unknown> {
  const warn = (what: string, why: unknown) => log('WARN', `${what} of the stopped script is not kept: ${why}`);
  const late = storingSignal.aborted && refused === storingSignal.reason;
  if (refused !== undefined) warn('An artifact', late ? 'to store it took longer than there was time' : refused);
  if (exitCode !== 0) return signal.reason;
  try {
    for (const file of outputFiles) {
      const output = await readScriptOutput(file);
      if (output !== undefined) return new StoppedWithOutput(output);
    }
  } catch (error) {
    warn('The output', error);
  }
  return signal.reason;
}
