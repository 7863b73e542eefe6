import type { CommandResult } from '../run-command.ts';

/** How a command failed, in its own last words. */
export const lastLines = ({ code, output }: CommandResult, count: number): string =>
  output.trim().split('\n').slice(-count).join(' ').trim() || `exit code ${code}`;
