/** Bytes that the poster's lanes hold in memory together. */
export interface MemoryBudget {
  take(bytes: number): void;
  give(bytes: number): void;
  used(): number;
  /** True when no more should be taken. */
  full(): boolean;
}

export function createMemoryBudget(limitBytes: number): MemoryBudget {
  let used = 0;
  return {
    take(bytes) {
      used += bytes;
    },
    give(bytes) {
      used -= bytes;
    },
    used: () => used,
    full: () => used >= limitBytes,
  };
}
