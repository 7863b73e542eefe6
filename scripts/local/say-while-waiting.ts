/** Nothing that takes longer stays silent. */
const WAIT_MS = 4_000;

/** Settles as `work` does; until then `say` is called every 4 s with the seconds so far. */
export async function sayWhileWaiting<T>(work: Promise<T>, say: (seconds: number) => void): Promise<T> {
  const since = Date.now();
  const clock = setInterval(() => say(Math.round((Date.now() - since) / 1_000)), WAIT_MS);
  try {
    return await work;
  } finally {
    clearInterval(clock);
  }
}
