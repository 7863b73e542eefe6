import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Listens on `port` for a moment; resolves to the port number, or undefined when it is taken. 0 lets the system choose. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}

/** Below what systems give to outgoing connections (Linux from 32768): one of those may take a port before its server does. */
const LOWEST = 20_000;
const PORTS = 12_000;
const ATTEMPTS = 50;

/** `preferred` when it is neither 0 nor taken, else another free port. */
export async function freePort(preferred: number): Promise<number> {
  const wanted = preferred === 0 ? undefined : await tryPort(preferred);
  if (wanted !== undefined) return wanted;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await tryPort(LOWEST + Math.floor(Math.random() * PORTS));
    if (port !== undefined) return port;
  }
  const port = await tryPort(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

/** freePort for `what`, which says so when the preferred one is taken. */
export async function choosePort(
  what: string,
  preferred: number | undefined,
  say: (text: string) => void,
): Promise<number> {
  const port = await freePort(preferred ?? 0);
  if (preferred && port !== preferred) say(`port ${preferred} for ${what} is taken: using ${port}`);
  return port;
}
