import { describe, expect, it } from 'vitest';
import { PluginManifest } from '../../../shared/schemas/plugin.ts';
import { createRegistry, registryOf } from '../../../worker-node/plugins/registry.ts';
import { createVendorPlugin } from '../engine/vendor-plugin.ts';

const registry = createRegistry({ cacheDir: '/nonexistent', env: {} });

describe('registry', () => {
  it('finds operations that a worker runs', () => {
    expect(registry.find('core', 'echo')?.plugin.name).toBe('core');
  });

  it.each([
    ['core', 'sleep'],
    ['core', 'constructor'],
    ['__proto__', 'echo'],
    ['core', 'nothing'],
    ['nothing', 'echo'],
  ])('does not find %s.%s', (plugin, operation) => {
    expect(registry.find(plugin, operation)).toBeUndefined();
  });

  it('announces every plugin with a JSON Schema per operation', async () => {
    const manifests = await registry.manifests();
    for (const manifest of manifests) {
      PluginManifest.parse(manifest);
      for (const operation of manifest.operations) {
        expect(operation.summary).toMatch(/\.$/);
        expect(operation.config_schema).toMatchObject({ type: 'object' });
      }
    }
    expect(manifests.map((manifest) => manifest.name)).toContain('core');
  });

  it('marks core.sleep as performed by the engine', async () => {
    const core = (await registry.manifests()).find((manifest) => manifest.name === 'core');
    expect(core?.operations.find((operation) => operation.name === 'sleep')).toMatchObject({ in_engine: true });
    expect(core?.operations.filter((operation) => operation.in_engine)).toHaveLength(1);
  });

  it('finds remote operations and announces them as waiting, run by a worker', async () => {
    const remote = registryOf([createVendorPlugin('http://127.0.0.1')]);
    expect(remote.find('vendor', 'run')?.plugin.name).toBe('vendor');
    const [vendor] = await remote.manifests();
    expect(vendor?.operations).toMatchObject([{ name: 'run', slot: 'waiting', in_engine: false }]);
  });

  it('describes every field of every config', async () => {
    for (const { name, operations } of await registry.manifests()) {
      for (const operation of operations) {
        const { properties = {} } = operation.config_schema as {
          properties?: Record<string, { description?: string }>;
        };
        for (const [field, schema] of Object.entries(properties)) {
          expect(schema.description, `${name}.${operation.name}.${field}`).toBeTruthy();
        }
      }
    }
  });
});
