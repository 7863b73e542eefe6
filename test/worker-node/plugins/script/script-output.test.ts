import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readScriptOutput } from '../../../../worker-node/plugins/script/script-output.ts';

async function outputOf(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'wf-output-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'output.json');
  await writeFile(path, text);
  return readScriptOutput(path);
}

test('integers that no number holds become strings', async () => {
  const text =
    '{"ids": [9007199254740993, -12345678901234567890, 7, -0], "text": "1234567890123456", "x": 1.0000000000000000}';
  expect(await outputOf(text)).toEqual({
    ids: ['9007199254740993', '-12345678901234567890', 7, -0],
    text: '1234567890123456',
    x: 1,
  });
  expect(await outputOf('[100000000000000000000, 9007199254740992, 9007199254740991, 1e20]')).toEqual([
    '100000000000000000000',
    '9007199254740992',
    9_007_199_254_740_991,
    1e20,
  ]);
});

test('what is no JSON is refused', async () => {
  for (const text of ['{"a": 1', '[12345678901234567890'])
    await expect(outputOf(text)).rejects.toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
});
