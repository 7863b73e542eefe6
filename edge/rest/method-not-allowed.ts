import type { Context as HonoContext } from 'hono';
import { AppError } from '../../shared/errors.ts';
import type { Http } from './http.ts';

/** For every method of a path that no route before it took. `methods` are those that one takes; GET answers HEAD as well. */
export const methodNotAllowed =
  (methods: readonly string[]) =>
  (c: HonoContext<Http>): never => {
    c.header('Allow', methods.includes('GET') ? [...methods, 'HEAD'].join(', ') : methods.join(', '));
    throw new AppError('METHOD_NOT_ALLOWED', `${c.req.method} is not allowed here; use ${methods.join(' or ')}`);
  };
