import { inject } from 'vitest';
import type { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../shared/schemas/execution-status.ts';

/** The REST API of the running stack, as a client in any language meets it. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Success<T> {
  success: true;
  data: T;
}

export const stack = inject('stack');

export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(`${stack.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${stack.api_key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

/** The `data` of a successful answer. */
export async function data<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await call<Success<T>>(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body.data;
}

export const getExecution = (id: string): Promise<Execution> => data<Execution>('GET', `/workflows/executions/${id}`);

/** Creates a workflow of these steps and executes it. */
export async function start(steps: unknown[], options: Record<string, unknown> = {}): Promise<Execution> {
  const { id } = await data<{ id: string }>('POST', '/workflows', { name: 'end to end', steps });
  return data<Execution>('POST', `/workflows/${id}/execute`, options);
}

/** Reads frames of an execution's stream until `until` says so; answers them all. */
export function stream(id: string, until: (frames: unknown[]) => boolean, query = ''): Promise<unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
  const url = `${stack.url.replace('http', 'ws')}/v1/workflows/executions/${id}/stream${query}`;
  const socket = new WebSocket(url, ['wf.v1', `wf.bearer.${stack.api_key}`]);
  const frames: unknown[] = [];
  socket.onmessage = ({ data: text }) => {
    frames.push(JSON.parse(String(text)));
    if (!until(frames)) return;
    socket.close();
    resolve(frames);
  };
  socket.onclose = ({ code, reason }) => reject(new Error(`the stream closed: ${code} ${reason}`));
  socket.onerror = () => reject(new Error(`the stream of ${id} failed`));
  return promise;
}

/** The execution once it has ended, by its stream. */
export async function ended(id: string): Promise<Execution> {
  await stream(id, (frames) => isOver(frames.at(-1)));
  return getExecution(id);
}

/** Whether a frame shows the end of the execution. */
export function isOver(frame: unknown): boolean {
  if (Array.isArray(frame))
    return frame.some((event) => event.data.step_id === undefined && isTerminalExecution(event.data.status));
  const { snapshot } = frame as { snapshot?: Execution };
  return snapshot !== undefined && isTerminalExecution(snapshot.status);
}
