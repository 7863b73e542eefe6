const ANSWER_MS = 2_000;
const LOOK_MS = 3_000;

/** Whether the API at `url` answers, within 2 s. */
export const isHealthy = (url: string): Promise<boolean> => isServed(new URL('/healthz', url));

/** Whether there is something at `address`, within 2 s. */
export async function isServed(address: string | URL): Promise<boolean> {
  try {
    return (await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch {
    return false;
  }
}

/** Says when the API stops answering, and when it answers again; until the function that it returns is called. */
export function sayWhenAway(url: string, say: (text: string) => void, lookMs = LOOK_MS): () => void {
  let answered = true;
  let stopped = false;
  const clock = setInterval(async () => {
    const answers = await isHealthy(url);
    if (stopped || answers === answered) return;
    answered = answers;
    say(answers ? 'the API answers again' : `the API at ${url} does not answer: waiting for it`);
  }, lookMs);
  return () => {
    stopped = true;
    clearInterval(clock);
  };
}
