import { setTimeout as sleep } from 'node:timers/promises';
import { PostUpdatesInput, type UpdateBatch } from '../../../shared/schemas/update.ts';
import type { Reply, Treatment } from './worker-road.ts';

/** A road on which everything arrives at least once, mostly more often, and rarely in order. */
export interface UnreliableRoad extends Treatment {
  /** Brings everything that ever travelled on the road once more, newest first. */
  replay(): Promise<void>;
}

const SECOND_HALF_MS = 120;

/** @param random 0 to 1, seeded by the caller */
export function unreliableRoad(random: () => number): UnreliableRoad {
  const posted: (() => Promise<Reply>)[] = [];
  const sent: (() => void)[] = [];

  function shuffled<T>(items: readonly T[]): T[] {
    const keyed = items.map((item) => ({ item, key: random() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }

  /** Some of the updates of each batch, in another order. */
  const part = ({ worker_id, batches }: PostUpdatesInput, keep: (index: number) => boolean): string => {
    const thin = ({ updates, logs, ...batch }: UpdateBatch): UpdateBatch => ({
      ...batch,
      updates: shuffled(updates.filter((_, index) => keep(index))),
      logs: shuffled(logs),
    });
    return JSON.stringify({ worker_id, batches: batches.map(thin) });
  };

  return {
    async updates(body, post) {
      posted.push(() => post(body));
      const input = PostUpdatesInput.parse(JSON.parse(body));
      const held = input.batches[0]?.updates.map(() => random() < 0.5) ?? [];
      const first = await post(part(input, (index) => held[index] !== true));
      // What was held back comes after what the worker sends next, and twice.
      void sleep(SECOND_HALF_MS).then(() => post(part(input, () => true)));
      return first;
    },
    frame(frame, send) {
      sent.push(() => send(frame));
      send(frame);
      send(frame);
    },
    async replay() {
      for (const again of posted.toReversed()) await again();
      for (const again of sent.toReversed()) again();
    },
  };
}
