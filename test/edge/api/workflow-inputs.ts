import { expect } from 'vitest';
import { rest } from './caller.ts';

export const echo = (id: string, more: object = {}) => ({ id, plugin: 'core', operation: 'echo', ...more });
export const minimal = (more: object = {}) => ({ name: 'pipeline', steps: [echo('a')], ...more });
export const create = (body: unknown) => rest('POST', '/v1/workflows', { body });
export const steps = (...list: object[]) => minimal({ steps: list });

/** What is refused, in words and as a body, and what the answer then says. */
export type Refused = [what: string, body: unknown, status: number, code: string, path: string];

export async function isRefused(...[, body, status, code, path]: Refused): Promise<void> {
  const answer = await create(body);
  expect(answer.body.error?.code).toBe(code);
  expect(answer.status).toBe(status);
  expect(answer.body.error.details.map((violation: { path: string }) => violation.path)).toContain(path);
}
