import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { validateDefinition } from '../../../shared/domain/validate-definition.ts';
import { createRegistry } from '../../../worker-node/plugins/registry.ts';
import { projectDir, readExample } from './run-example.ts';

const entries = await readdir(`${projectDir}/examples`, { withFileTypes: true });
const examples = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

describe('examples', () => {
  it.each(examples)('%s is a valid workflow', async (name) => {
    const plugins = await createRegistry({ cacheDir: tmpdir(), env: process.env }).manifests();
    const { definition } = await readExample(name);
    expect(validateDefinition(definition, [{ name: 'default', live: true, plugins, capacity: {} }]).violations).toEqual(
      [],
    );
  });

  it.each(examples)(
    '%s takes the parameters of parameters.json, and their values there when they are not given',
    async (name) => {
      const { definition, parameters } = await readExample(name);
      const read = JSON.stringify(definition).matchAll(/parameters\.(\w+) : ([\d.]+) \}\}/g);
      expect(Object.fromEntries([...read].map(([, parameter, value]) => [parameter, Number(value)]))).toEqual(
        parameters,
      );
      expect(JSON.stringify(definition)).not.toMatch(/\$\{\{ parameters/);
    },
  );
});
