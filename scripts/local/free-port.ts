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

/** `preferred` when it is neither 0 nor taken, else another free port. `chosen`: ports that others will listen on, but do not yet. */
export async function freePort(preferred: number, chosen: ReadonlySet<number> = new Set()): Promise<number> {
  const wanted = preferred === 0 || chosen.has(preferred) ? undefined : await tryPort(preferred);
  if (wanted !== undefined) return wanted;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await tryPort(LOWEST + Math.floor(Math.random() * PORTS));
    if (port !== undefined && !chosen.has(port)) return port;
  }
  const port = await tryPort(0);
  if (port === undefined) throw new Error(`no free port on ${LOOPBACK}`);
  return port;
}

/** Chooses the port of `what`; says so when the preferred one is taken. */
export type ChoosePort = (what: string, preferred: number | undefined) => Promise<number>;

/** Chooses ports for several servers, of which no two get the same although none listens yet. */
export function createPortChooser(say: (text: string) => void): ChoosePort {
  const chosen = new Set<number>();
  return async (what, preferred = 0) => {
    const port = await freePort(preferred, chosen);
    chosen.add(port);
    if (preferred && port !== preferred) say(`port ${preferred} for ${what} is taken: using ${port}`);
    return port;
  };
}
