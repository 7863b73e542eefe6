import type { Execution } from '../../shared/schemas/execution.ts';
import { isTerminalExecution } from '../../shared/schemas/execution-status.ts';

/** The REST API of a running stack, as a client in any language meets it. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Success<T> {
  success: true;
  data: T;
}

export interface Failure {
  success: false;
  error: { code: string; message: string; details?: { code: string; path: string; message: string }[] };
}

export type Api = ReturnType<typeof createApi>;

export function createApi({ url, api_key }: { url: string; api_key: string }) {
  /** Sends `body` as JSON; a string goes as it is. */
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${api_key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  }

  /** The `data` of a successful answer. */
  async function data<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await call<Success<T>>(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body.data;
  }

  const getExecution = (id: string): Promise<Execution> => data<Execution>('GET', `/workflows/executions/${id}`);

  /** Creates a workflow of these steps and executes it. */
  async function start(steps: unknown[], options: Record<string, unknown> = {}): Promise<Execution> {
    const { id } = await data<{ id: string }>('POST', '/workflows', { name: 'end to end', steps });
    return data<Execution>('POST', `/workflows/${id}/execute`, options);
  }

  /** A viewer's socket on the stream of an execution. */
  const viewer = (id: string, query = ''): WebSocket =>
    new WebSocket(`${url.replace('http', 'ws')}/v1/workflows/executions/${id}/stream${query}`, [
      'wf.v1',
      `wf.bearer.${api_key}`,
    ]);

  /** Reads frames of an execution's stream until `until` says so; answers them all. */
  function stream(id: string, until: (frames: unknown[]) => boolean, query = ''): Promise<unknown[]> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown[]>();
    const socket = viewer(id, query);
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
  async function ended(id: string): Promise<Execution> {
    await stream(id, (frames) => isOver(frames.at(-1)));
    return getExecution(id);
  }

  return { url, call, data, getExecution, start, viewer, stream, ended };
}

/** Whether a frame shows the end of the execution. */
export function isOver(frame: unknown): boolean {
  if (Array.isArray(frame))
    return frame.some((event) => event.data.step_id === undefined && isTerminalExecution(event.data.status));
  const { snapshot } = frame as { snapshot?: Execution };
  return snapshot !== undefined && isTerminalExecution(snapshot.status);
}
