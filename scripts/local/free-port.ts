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

/** `preferred` when it is free, else a free port of the system's choice. `preferred` 0 always lets the system choose. */
export async function freePort(preferred: number): Promise<number> {
  const port = (await tryPort(preferred)) ?? (await tryPort(0));
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
