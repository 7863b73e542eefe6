import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('is bundled for browsers without anything of Node', async () => {
  const { metafile } = await build({
    entryPoints: ['shared/client.ts'],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    // Left in the bundle as they are, so that they are found below by name.
    external: ['node:*', 'cloudflare:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const inputs = Object.values(metafile.inputs).flatMap((input) => input.imports);
  expect(inputs.filter(({ external }) => external)).toEqual([]);
  expect(Object.keys(metafile.inputs).filter((path) => /^(edge|worker-node)\//.test(path))).toEqual([]);
});
