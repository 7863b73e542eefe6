import { LIMITS } from '../../../shared/limits.ts';
import type { OperationContext } from '../define-plugin.ts';
import { createLines } from './lines.ts';

/** Lines of stdout and stderr together that become log entries, per try. */
const MAX_LINES = 100_000;
const TAIL_LINES = 20;
const TAIL_LENGTH = 4_000;

/** Passes what a process prints to the log, line by line and bounded, and remembers the end of stderr. */
export function createOutputLog(ctx: Pick<OperationContext<unknown>, 'log'>): {
  stdout(text: string): void;
  stderr(text: string): void;
  end(): void;
  stderrTail(): string;
} {
  let count = 0;
  const tail: string[] = [];

  function pass(stream: 'stdout' | 'stderr', line: string): void {
    count++;
    if (count <= MAX_LINES) ctx.log('INFO', line, { stream });
    else if (count === MAX_LINES + 1)
      ctx.log('WARN', `Further output is not logged: the script printed more than ${MAX_LINES} lines.`);
  }

  // In UTF-8 a UTF-16 unit takes up to three bytes, and the limit of a message is in bytes.
  const maxLength = Math.floor(LIMITS.logMessageBytes / 3);
  const out = createLines(maxLength, (line) => pass('stdout', line));
  const err = createLines(maxLength, (line) => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
    pass('stderr', line);
  });

  return {
    stdout: out.write,
    stderr: err.write,
    end() {
      out.end();
      err.end();
    },
    stderrTail: () => tail.join('\n').slice(-TAIL_LENGTH),
  };
}
