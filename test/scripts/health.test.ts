import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { isServed, sayWhenAway } from '../../scripts/local/health.ts';
import { nextCall } from './next-call.ts';

test('an API that stops answering is named once, and so is that it is back', async () => {
  const server = createServer((_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const said: string[] = [];
  const news = nextCall();
  const stop = sayWhenAway(
    `http://127.0.0.1:${port}`,
    (text) => {
      said.push(text);
      news.call();
    },
    20,
  );
  onTestFinished(stop);
  const away = news.next();
  server.closeAllConnections();
  server.close();
  await away;
  const back = news.next();
  server.listen(port, '127.0.0.1');
  await back;
  onTestFinished(() => void server.close());
  expect(said).toEqual([
    `the API at http://127.0.0.1:${port} does not answer: waiting for it`,
    'the API answers again',
  ]);
});

test('an address is served that answers with a page', async () => {
  const server = createServer((request, response) => response.writeHead(request.url === '/' ? 200 : 404).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect([await isServed(address), await isServed(`${address}/other`)]).toEqual([true, false]);
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  expect(await isServed(address)).toBe(false);
});
