import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'faults',
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/faults/**/*.test.ts'],
    // Each file has stacks of its own, and two of them at once would only measure each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
