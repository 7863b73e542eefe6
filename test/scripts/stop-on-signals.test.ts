import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/local/project.ts';
import { startChild } from './child.ts';

test('a second signal forces the stop once, however often the terminal and npm deliver it', async () => {
  const child = startChild(process.execPath, [join(ROOT, 'test/scripts/fixtures/signals.ts')]);
  await child.says('ready');
  child.kill('SIGINT');
  await child.says('SIGINT: stopping');
  child.kill('SIGUSR2');
  await child.says('later');
  child.kill('SIGINT');
  await child.says('stopping, force: true');
  child.kill('SIGINT');
  child.kill('SIGUSR2');
  expect(await child.exit).toBe(1);
  expect(child.output().trim().split('\n')).toEqual([
    'ready',
    'SIGINT: stopping',
    'later',
    'SIGINT again: not waiting any longer',
    'stopping, force: true',
    'later',
  ]);
});
