/** What was put in last, by key, up to a number of entries; what is put in again is the newest again. */
export interface Newest<T> {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
}

export function createNewest<T>(max: number): Newest<T> {
  // A Map keeps the order of insertion.
  const entries = new Map<string, T>();
  return {
    get: (key) => entries.get(key),
    put(key, value) {
      entries.delete(key);
      entries.set(key, value);
      if (entries.size > max) for (const oldest of entries.keys()) if (entries.delete(oldest)) break;
    },
    delete(key) {
      entries.delete(key);
    },
  };
}
