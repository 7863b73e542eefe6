import { defineProject } from 'vitest/config';

export default defineProject({
  test: { name: 'shared', include: ['test/shared/**/*.test.ts'], root: new URL('../..', import.meta.url).pathname },
});
