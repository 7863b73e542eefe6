import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

/** Asks another process until it answers something else than undefined or false; for what tells nobody when it changes. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = 45_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await sleep(POLL_MS);
  }
}
