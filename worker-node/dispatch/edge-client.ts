import { type Dispatcher, Pool } from 'undici';
import { z } from 'zod';
import { clip } from '../../shared/domain/clip.ts';
import { AppError, ERRORS, type ErrorCode } from '../../shared/errors.ts';
import { OutputRef } from '../../shared/schemas/execution.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import { Plan } from '../../shared/schemas/plan.ts';
import type { WorkerAnnouncement } from '../../shared/schemas/plugin.ts';
import { type PostLivingInput, PostUpdatesOutput, type UpdateAnswer } from '../../shared/schemas/update.ts';
import type { ChainPageKey, EdgeStore } from '../activities/deps.ts';
import { describeError } from '../logger.ts';

const AnnounceOutput = z.object({ shards: z.int().min(1) });
const ErrorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * The edge's internal REST routes. Nothing is tried twice here: the caller knows whether and how long to go on.
 * Every method throws AppError: UNAVAILABLE (network, time limit, 5xx) and RATE_LIMITED may be tried again as they are.
 */
export interface EdgeClient extends Omit<EdgeStore, 'publish'> {
  /** Says what this worker offers; answers the number of dispatch shards of its pool. */
  announce(announcement: WorkerAnnouncement): Promise<{ shards: number }>;
  /** `body` is a serialised PostUpdatesInput. Answers one answer per batch, in their order. */
  postUpdates(body: string): Promise<UpdateAnswer[]>;
  postLiving(living: PostLivingInput): Promise<void>;
  close(): Promise<void>;
}

export interface EdgeClientOptions {
  /** Base URL of the edge, such as `http://127.0.0.1:8787`. */
  url: string;
  /** API key of scope `worker`. */
  key: string;
  /** Milliseconds until a silent edge counts as unavailable. Default 15,000. */
  timeoutMs?: number;
}

interface Call {
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: string;
}

export function createEdgeClient({ url, key, timeoutMs = 15_000 }: EdgeClientOptions): EdgeClient {
  const base = new URL(url);
  const prefix = base.pathname.replace(/\/$/, '');
  const pool = new Pool(base.origin, {
    connections: 32,
    keepAliveTimeout: 30_000,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
  });
  const authorization = `Bearer ${key}`;

  async function send({ method, path, body }: Call): Promise<string> {
    const headers: Record<string, string> = { authorization };
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await pool.request({ method, path: prefix + path, headers, body: body ?? null });
      text = await response.body.text();
    } catch (cause) {
      const message = `${method} ${path}: the edge at ${base.origin} did not answer (${describeError(cause)})`;
      throw new AppError('UNAVAILABLE', message, { cause });
    }
    if (response.statusCode >= 300) throw refusal(`${method} ${path}`, response.statusCode, text);
    return text;
  }

  async function call(request: Call): Promise<unknown> {
    const text = await send(request);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new AppError('UNAVAILABLE', `${request.method} ${request.path}: the answer is not JSON`, { cause });
    }
  }

  return {
    async announce(announcement) {
      const answer = await call({ method: 'POST', path: '/internal/workers', body: JSON.stringify(announcement) });
      return AnnounceOutput.parse(answer);
    },
    async postUpdates(body) {
      return PostUpdatesOutput.parse(await call({ method: 'POST', path: '/internal/updates', body })).answers;
    },
    async postLiving(living) {
      await send({ method: 'POST', path: '/internal/living', body: JSON.stringify(living) });
    },
    async putOutput({ executionId, attempt, stepId, try: number }, json) {
      const path = `/internal/outputs/${[executionId, attempt, stepId, number].map(encodeURIComponent).join('/')}`;
      return OutputRef.parse(await call({ method: 'PUT', path, body: json }));
    },
    async getOutput({ $ref }) {
      // What was stored by putOutput was JSON; its shape is the operation's business.
      return (await call({ method: 'GET', path: `/internal/outputs?ref=${encodeURIComponent($ref)}` })) as JsonValue;
    },
    async getPlan(executionId, attempt) {
      return Plan.parse(
        await call({ method: 'GET', path: `/internal/plans/${encodeURIComponent(executionId)}/${attempt}` }),
      );
    },
    async putChainPage(address, json) {
      await send({ method: 'PUT', path: chainPagePath(address), body: json });
    },
    getChainPage: (address) => call({ method: 'GET', path: chainPagePath(address) }),
    close: () => pool.destroy(),
  };
}

const chainPagePath = ({ executionId, attempt, run, page }: ChainPageKey): string =>
  `/internal/chains/${[executionId, attempt, run, page].map(encodeURIComponent).join('/')}`;

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'UNAVAILABLE',
  409: 'CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'RATE_LIMITED',
};

/** The edge's own error where it said one; else, as from a proxy in between, what the status means. */
function refusal(call: string, status: number, text: string): AppError {
  const stated = statedError(text);
  const code = stated?.code ?? CODE_BY_STATUS[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'VALIDATION_ERROR');
  return new AppError(code, `${call}: ${status} ${stated?.message ?? clip(text, 200, '…')}`, { status });
}

function statedError(text: string): { code: ErrorCode; message: string } | undefined {
  const parsed = ErrorBody.safeParse(parseOrUndefined(text));
  if (!parsed.success || !(parsed.data.error.code in ERRORS)) return undefined;
  // `in` has just checked that it is a key of the table.
  return { code: parsed.data.error.code as ErrorCode, message: parsed.data.error.message };
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
