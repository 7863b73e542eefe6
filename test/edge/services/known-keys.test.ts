import { expect, it } from 'vitest';
import type { ApiKeyRow } from '../../../edge/repositories/api-keys.ts';
import { createKnownKeys } from '../../../edge/services/caller.ts';

const row: ApiKeyRow = {
  id: 'key_1',
  workspace_id: 'default',
  hash: 'hash',
  prefix: 'prefix',
  owner: 'somebody',
  scopes: ['read'],
  created_at: '2026-01-01T00:00:00.000Z',
  revoked_at: null,
};

it('remembers a key for five seconds from when it was looked up, however often it is asked for', () => {
  let now = 1_000;
  const known = createKnownKeys(() => now);
  expect(known.get('wf_a')).toBeUndefined();
  known.put('wf_a', row);
  now += 4_999;
  expect(known.get('wf_a')).toBe(row);
  now += 1;
  expect(known.get('wf_a')).toBeUndefined();
  expect(known.get('wf_b')).toBeUndefined();
});

it('does not grow without limit', () => {
  const known = createKnownKeys(() => 0);
  for (let i = 0; i <= 1_000; i++) known.put(`wf_${i}`, row);
  expect(known.get('wf_0')).toBeUndefined();
  expect(known.get('wf_1000')).toBe(row);
});
