import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'worker-node',
    include: ['test/worker-node/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    globalSetup: ['test/worker-node/engine/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
