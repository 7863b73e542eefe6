import { getPath } from 'hono/utils/url';

const BASE = '/v1/workflows';
const ALIAS = '/workflows';

/**
 * The path that a request is routed by: without a trailing slash, and with `/v1/workflows/workflows…` (the documented
 * base URL and paths taken literally) as an alias of `/v1/workflows…`.
 */
export function routedPath(request: Request): string {
  const path = getPath(request).replace(/(?<=.)\/$/, '');
  return path === `${BASE}${ALIAS}` || path.startsWith(`${BASE}${ALIAS}/`)
    ? BASE + path.slice(BASE.length + ALIAS.length)
    : path;
}
