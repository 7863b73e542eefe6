/** npm and the terminal both deliver a Ctrl-C: the same signal again within this time is that one. */
const SAME_SIGNAL_MS = 2_000;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type StopSignal = keyof typeof EXIT_CODES;

export interface StopRequest {
  /** Aborts at the first signal. */
  signal: AbortSignal;
  /** Exit code that the shell expects after the signal received; undefined while there was none. */
  exitCode(): number | undefined;
}

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort of the returned signal. A repeated one within 2 s changes nothing, a
 * later one (or another kind) calls `force`.
 */
export function stopOnSignals(force: () => void, say: (text: string) => void): StopRequest {
  const controller = new AbortController();
  let first: { name: StopSignal; at: number } | undefined;
  const receive = (name: StopSignal) => {
    if (!first) {
      first = { name, at: Date.now() };
      say(`${name}: stopping`);
      controller.abort(new Error(`stopped by ${name}`));
    } else if (Date.now() - first.at > SAME_SIGNAL_MS) {
      say(`${name} again: not waiting any longer`);
      force();
    }
  };
  for (const name of Object.keys(EXIT_CODES) as StopSignal[]) process.on(name, receive);
  return { signal: controller.signal, exitCode: () => first && EXIT_CODES[first.name] };
}
