import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineProject } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;

export default defineProject({
  root,
  plugins: [
    cloudflareTest(async () => ({
      main: './edge/index.ts',
      wrangler: { configPath: './wrangler.toml' },
      miniflare: { bindings: { MIGRATIONS: await readD1Migrations(`${root}/migrations`) } },
    })),
  ],
  test: { name: 'edge', include: ['test/edge/**/*.test.ts'], setupFiles: ['test/edge/setup.ts'] },
});
