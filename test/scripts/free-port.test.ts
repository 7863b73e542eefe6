import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPortChooser, freePort } from '../../scripts/local/free-port.ts';

test('the preferred port is taken when it is free', async () => {
  const port = await freePort(0);
  expect(await freePort(port)).toBe(port);
});

test('a chosen port is none that an outgoing connection may take meanwhile', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort(0)));
  for (const port of ports) expect(port).toBeLessThan(32_768);
});

test('another port is chosen when the preferred one is taken', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const other = await freePort(port);
  expect(other).toBeGreaterThan(0);
  expect(other).not.toBe(port);
});

test('two servers that are about to start never get one port, and what was taken is said', async () => {
  const lines: string[] = [];
  const choose = createPortChooser((line) => lines.push(line));
  const port = await freePort(0);
  expect(await choose('the API', port)).toBe(port);
  const other = await choose("Temporal's UI", port);
  expect(other).not.toBe(port);
  expect(lines).toEqual([`port ${port} for Temporal's UI is taken: using ${other}`]);
});
