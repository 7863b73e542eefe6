import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'worker-node',
    include: ['test/worker-node/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
  },
});
