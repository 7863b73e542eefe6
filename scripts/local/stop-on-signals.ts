/** npm and the terminal both deliver a Ctrl-C: the same signal again within this time is that one. */
const SAME_SIGNAL_MS = 2_000;
const PARENT_LOOK_MS = 500;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export type StopSignal = keyof typeof EXIT_CODES;

export interface StopRequest {
  /** Aborts at the first signal. */
  signal: AbortSignal;
  /** Exit code that the shell expects after the signal received; undefined while there was none. */
  exitCode(): number | undefined;
}

/** What a second signal does not wait for. */
export interface Stoppable {
  stop(options: { force: true }): Promise<void>;
}

/**
 * Turns SIGINT, SIGTERM, SIGHUP and the death of npm into an abort of the returned signal. Another one within 2 s
 * changes nothing; a later one forces what `running` answers to stop, and ends this process.
 */
export function stopOnSignals(running: () => Stoppable | undefined, say: (text: string) => void): StopRequest {
  // Whoever read the output may be gone, with the terminal or with npm: stopping in order matters more than saying so.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const controller = new AbortController();
  let first: { name: StopSignal; at: number } | undefined;
  let forced = false;
  const force = () => {
    const started = running();
    // In the middle of a start there is none yet: its parts see that their supervisor is gone, and end.
    if (!started) process.exit(1);
    void started.stop({ force: true }).finally(() => process.exit(1));
  };
  const receive = (name: StopSignal) => {
    if (!first) {
      first = { name, at: Date.now() };
      say(`${name}: stopping`);
      controller.abort(new Error(`stopped by ${name}`));
    } else if (!forced && Date.now() - first.at > SAME_SIGNAL_MS) {
      forced = true;
      say(`${name} again: not waiting any longer`);
      force();
    }
  };
  // A killed npm cannot pass its signal on. Only npm's children do so: others may well outlive the shell that began them.
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    const look = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(look);
      receive('SIGHUP');
    }, PARENT_LOOK_MS);
    look.unref();
  }
  for (const name of Object.keys(EXIT_CODES) as StopSignal[]) process.on(name, receive);
  return { signal: controller.signal, exitCode: () => first && EXIT_CODES[first.name] };
}
