import { expect, it } from 'vitest';
import { readConfig } from '../../worker-node/config.ts';

const REQUIRED = {
  WF_EDGE_URL: 'http://127.0.0.1:8787',
  WF_WORKER_KEY: 'wf_key',
  WF_DATA_DIR: '/data',
  WF_PROJECT_DIR: '/project',
};

it('fills in what is not set, an empty variable included', () => {
  expect(readConfig({ ...REQUIRED, WF_TEMPORAL_UI: '', HOME: '/root' })).toEqual({
    edge: { url: 'http://127.0.0.1:8787', key: 'wf_key' },
    pool: 'default',
    capacity: {},
    dataDir: '/data',
    projectDir: '/project',
    logLevel: 'info',
    posterMemory: 32 * 1024 * 1024,
    temporal: { address: '127.0.0.1:7233', namespace: 'default', uiUrl: null },
  });
});

it('reads the capacity of the pool', () => {
  expect(readConfig({ ...REQUIRED, WF_CAPACITY: '{"max_workers":10,"node_types":["m5.large"]}' }).capacity).toEqual({
    max_workers: 10,
    node_types: ['m5.large'],
  });
});

it.each([
  ['WF_EDGE_URL', '127.0.0.1:8787'],
  ['WF_WORKER_KEY', ''],
  ['WF_POOL', 'Two Words'],
  ['WF_CAPACITY', '{"workers":10}'],
  ['WF_CAPACITY', 'ten'],
  ['WF_TEMPORAL_UI', 'ftp://ui'],
  ['WF_LOG_LEVEL', 'loud'],
  ['WF_POSTER_MEMORY_BYTES', 'much'],
  ['TEMPORAL_ADDRESS', 'localhost'],
])('refuses %s=%s and names the variable', (name, value) => {
  expect(() => readConfig({ ...REQUIRED, [name]: value })).toThrow(name);
});

it.each([['/data'], ['/data/project']])('refuses a project in the data folder: %s', (WF_PROJECT_DIR) => {
  expect(() => readConfig({ ...REQUIRED, WF_PROJECT_DIR })).toThrow('WF_PROJECT_DIR must not be in WF_DATA_DIR');
});

it('takes a project that holds the data folder, or lies beside it', () => {
  expect(readConfig({ ...REQUIRED, WF_PROJECT_DIR: '/' }).projectDir).toBe('/');
  expect(readConfig({ ...REQUIRED, WF_PROJECT_DIR: '/data-project' }).projectDir).toBe('/data-project');
});

it.each([
  ['{"memory_gb":64,"cores":8}', ['unknown key "memory_gb"', 'unknown key "cores"']],
  ['{"max_worker":10}', ['unknown key "max_worker"; did you mean "max_workers"?']],
  ['[1]', ['(must be an object, not array)']],
  ['{"max_workers":0}', ['max_workers: must be at least 1']],
])('says what is wrong with the capacity %s, and what it may have', (WF_CAPACITY, messages) => {
  for (const message of ['with max_workers and node_types', ...messages])
    expect(() => readConfig({ ...REQUIRED, WF_CAPACITY })).toThrow(message);
});
