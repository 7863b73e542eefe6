import { ERRORS, type ErrorCode } from '../../../shared/errors.ts';
import type { Answer, Failure } from '../../stack/api.ts';

/** How the API must refuse something. */
export interface Refusal {
  code: ErrorCode;
  /** Of one of the violations in `details`. */
  path?: string;
  /** What the message of that violation, or the error's own, says. */
  says?: RegExp;
  /** Default: the code's own. */
  status?: number;
}

export interface BadCase {
  title: string;
  body: unknown;
  refusal: Refusal;
}

/** Steps of a create; the rest of its body is sound. */
export const withSteps = (...steps: Record<string, unknown>[]) => ({ name: 'bad input', steps });

export const echo = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  plugin: 'core',
  operation: 'echo',
  ...more,
});

/** What of an answer differs from the refusal; null when nothing does. */
export function misfit({ status, body }: Answer<Failure>, { code, path, says, ...refusal }: Refusal): string | null {
  const wanted = refusal.status ?? ERRORS[code].status;
  const found = JSON.stringify(body).slice(0, 2_000);
  if (status !== wanted || body.error?.code !== code) return `wanted ${wanted} ${code}, got ${status} ${found}`;
  const violation = body.error.details?.find((candidate) => candidate.path === path);
  if (path !== undefined && violation?.code !== code) return `wanted a violation ${code} at "${path}", got ${found}`;
  const message = violation?.message ?? body.error.message;
  return says === undefined || says.test(message) ? null : `wanted a message like ${says}, got ${found}`;
}
