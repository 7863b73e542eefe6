import { describe, expect, it } from 'vitest';
import { indexOperations } from '../../../shared/domain/catalogue.ts';
import { plugin, pool } from './definition-samples.ts';

describe('indexOperations', () => {
  it('finds operations by plugin and name, and the pools that announced them', () => {
    const a = pool({ name: 'a', plugins: [plugin('core', { echo: {} })] });
    const b = pool({ name: 'b', plugins: [plugin('core', { echo: {}, fail: {} })] });
    const core = indexOperations([a, b]).get('core');
    expect([...(core?.keys() ?? [])]).toEqual(['echo', 'fail']);
    expect(core?.get('echo')?.pools).toEqual([a, b]);
    expect(core?.get('fail')?.pools).toEqual([b]);
  });

  it('prefers the manifest of a live pool, wherever it stands', () => {
    const old = pool({ name: 'old', live: false, plugins: [plugin('core', { echo: { title: 'old' } })] });
    const live = pool({ name: 'live', plugins: [plugin('core', { echo: { title: 'live' } })] });
    for (const catalogue of [
      [old, live],
      [live, old],
    ]) {
      const echo = indexOperations(catalogue).get('core')?.get('echo');
      expect(echo).toMatchObject({ manifest: { config_schema: { title: 'live' } }, unavailable: null });
    }
  });
});
