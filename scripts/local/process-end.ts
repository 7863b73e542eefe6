import { constants } from 'node:os';

/** How a process ended, as Node's `exit` event says it: an exit code, or the signal that killed it. */
export interface ProcessEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const SIGNALS = Object.entries(constants.signals) as [NodeJS.Signals, number][];
/** Shells pass on that signal n killed a process as the exit code 128 + n. */
const BY_SIGNAL = 128;

/** The exit code with which a process ends that ends because another one did. */
export const exitCodeAfter = ({ code, signal }: ProcessEnd): number =>
  signal === null ? (code ?? 1) : BY_SIGNAL + constants.signals[signal];

/** `was killed (SIGKILL)`, `ended unexpectedly (exit code 1)`. */
export function describeEnd({ code, signal }: ProcessEnd): string {
  const by = signal ?? SIGNALS.find(([, number]) => BY_SIGNAL + number === code)?.[0];
  return by === undefined ? `ended unexpectedly (exit code ${code})` : `was killed (${by})`;
}
