import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution } from '../../../shared/schemas/execution.ts';

/** What GET answers about one execution: asked with each frame of its stream, and in between. */
export interface Answers {
  readonly bySeq: ReadonlyMap<number, Execution>;
  /** How often GET had its whole time to answer the state that the stream showed; by seq. */
  readonly chances: ReadonlyMap<number, number>;
  /** Asks because a frame came; once for all those that come while enough requests are on their way. */
  frameCame(): void;
  add(answer: Execution): void;
  /** Asks no more, and resolves once every request is answered. */
  stop(): Promise<void>;
}

export interface AnswersDeps {
  get: () => Promise<Execution>;
  /** The state that the stream shows; undefined while it is cut off. */
  shown: () => Execution | undefined;
}

const PAUSE_MS = 25;
/** Requests because of frames at a time. */
const MOST_UNDER_WAY = 4;

export function createAnswers({ get, shown }: AnswersDeps): Answers {
  const bySeq = new Map<number, Execution>();
  const chances = new Map<number, number>();
  const underWay = new Set<Promise<void>>();
  let owed = false;
  let over = false;
  const inBetween = keepAsking();

  const add = (answer: Execution) => void bySeq.set(answer.seq, answer);

  async function ask(): Promise<void> {
    const before = shown();
    // An edge that is down right now is part of the game.
    const answer = await get().catch(() => undefined);
    if (answer) add(answer);
    if (before && before === shown()) chances.set(before.seq, (chances.get(before.seq) ?? 0) + 1);
  }

  async function keepAsking(): Promise<void> {
    while (!over) {
      await sleep(PAUSE_MS);
      await ask();
    }
  }

  function askForFrame(): void {
    if (over || !owed || underWay.size >= MOST_UNDER_WAY) return;
    owed = false;
    const request: Promise<void> = ask().finally(() => {
      underWay.delete(request);
      askForFrame();
    });
    underWay.add(request);
  }

  return {
    bySeq,
    chances,
    add,
    frameCame() {
      owed = true;
      askForFrame();
    },
    async stop() {
      over = true;
      await Promise.all([inBetween, ...underWay]);
    },
  };
}
