import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'start',
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/start/**/*.test.ts'],
    // Each file installs or starts whole stacks, and two of them at once would only wait for each other.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
