import { SELF } from 'cloudflare:test';

/** A request to the edge, as any HTTP client sends it. */
export const request = (path: string, key: string | null, init: RequestInit = {}): Promise<Response> =>
  SELF.fetch(`https://edge.test${path}`, {
    ...init,
    headers: { ...(key !== null && { Authorization: `Bearer ${key}` }), ...(init.headers as Record<string, string>) },
  });

export const send = (method: string, path: string, key: string | null, body: unknown): Promise<Response> =>
  request(path, key, {
    method,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });

/** Status and error code of an answer. */
export async function refusal(response: Response): Promise<{ status: number; code: string }> {
  const body = await response.json<{ success: boolean; error: { code: string } }>();
  return { status: response.status, code: body.error.code };
}
