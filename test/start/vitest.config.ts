import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'start',
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/start/**/*.test.ts'],
    // An install of everything, and its removal, takes minutes on a busy machine.
    // Each file installs or starts whole stacks, and two of them at once would only wait for each other.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 300_000,
  },
});
