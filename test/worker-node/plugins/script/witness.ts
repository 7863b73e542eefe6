import { createServer } from 'node:net';
import { join } from 'node:path';

export interface Witness {
  /** Path of a socket: a process that connects to it and writes its name is watched until it dies. */
  path: string;
  /** Resolves when a process of that name has connected. */
  seen(name: string): Promise<void>;
  /** Resolves when the process of that name is gone. */
  gone(name: string): Promise<void>;
  close(): void;
}

/** Tells when processes die, without polling: the system closes their sockets. */
export async function createWitness(dir: string): Promise<Witness> {
  const path = join(dir, 'witness.sock');
  const arrivals = new Map<string, PromiseWithResolvers<void>>();
  const departures = new Map<string, PromiseWithResolvers<void>>();
  const of = (map: Map<string, PromiseWithResolvers<void>>, name: string) => {
    const known = map.get(name) ?? Promise.withResolvers<void>();
    map.set(name, known);
    return known;
  };
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (name: string) => {
      of(arrivals, name).resolve();
      socket.on('close', () => of(departures, name).resolve());
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    seen: (name) => of(arrivals, name).promise,
    gone: (name) => of(departures, name).promise,
    close: () => server.close(),
  };
}
