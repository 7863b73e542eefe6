import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: ['test/{shared,edge,worker-node,scripts,e2e,faults,start}/vitest.config.ts'] },
});
