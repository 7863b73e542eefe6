/** Runs tasks one after the other per key, and at most `limit` at once over all keys. */
export type RunInOrder = (key: string, task: () => Promise<void>) => void;

/** Tasks must not reject. */
export function createRunInOrder(limit: number): RunInOrder {
  const queues = new Map<string, (() => Promise<void>)[]>();
  // Keys whose first task waits for a place.
  const waiting: string[] = [];
  let running = 0;

  function fill(): void {
    while (running < limit) {
      const key = waiting.shift();
      if (key === undefined) return;
      running += 1;
      void runFirst(key);
    }
  }

  async function runFirst(key: string): Promise<void> {
    const queue = queues.get(key) ?? [];
    await queue[0]?.();
    running -= 1;
    queue.shift();
    if (queue.length > 0) waiting.push(key);
    else queues.delete(key);
    fill();
  }

  return (key, task) => {
    const queue = queues.get(key);
    if (queue) queue.push(task);
    else {
      queues.set(key, [task]);
      waiting.push(key);
      fill();
    }
  };
}
