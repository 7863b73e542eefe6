import { expect, test } from 'vitest';
import { storingFailed } from '../../../worker-node/artifacts/artifact-errors.ts';

const failed = (code: string, path?: string) =>
  Object.assign(new Error(`${code}: something, open '${path}'`), { code, ...(path !== undefined && { path }) });

test('a source that goes while it is copied is an invalid artifact, named without a path of this machine', () => {
  const error = storingFailed('m', failed('ENOENT', '/artifacts/open/m'), '/artifacts/open/m');
  expect(error).toMatchObject({ code: 'INVALID_ARTIFACT', retryable: false });
  expect((error as Error).message).not.toContain('/data');
});

test.each([
  ['ENOSPC', 'STORAGE_FULL'],
  ['EROFS', 'STORAGE_FULL'],
  ['ENOENT', 'ARTIFACT_NOT_STORED'],
  ['EIO', 'ARTIFACT_NOT_STORED'],
])('a store that answers %s fails the step as %s, which may pass', (answer, code) => {
  const error = storingFailed('m', failed(answer, '/artifacts/kept/m'), '/artifacts/open/m');
  expect(error).toMatchObject({ code, retryable: true, message: expect.stringContaining(answer) });
  expect((error as Error).message).not.toContain('/data');
});
