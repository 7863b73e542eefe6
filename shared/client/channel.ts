/** What one side pushes and the other awaits, in order. */
export interface Channel<T> extends AsyncIterable<T> {
  push(value: T): void;
  /** What was pushed before is still delivered; then the iteration ends, or throws `error`. */
  end(error?: unknown): void;
}

/** A channel with one reader. What is pushed while nobody reads is kept, without a limit. */
export function createChannel<T>(): Channel<T> {
  const values: T[] = [];
  let ended: { error?: unknown } | null = null;
  let wake: () => void = () => undefined;

  return {
    push(value) {
      if (ended) return;
      values.push(value);
      wake();
    },
    end(error) {
      ended ??= { error };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (values.length > 0) yield values.shift() as T;
        if (ended) {
          if (ended.error !== undefined) throw ended.error;
          return;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
