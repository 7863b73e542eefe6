import { type Violation, violationsError } from '../../shared/errors.ts';

const MESSAGE = 'is not UTF-8 in percent-encoding: encode it as encodeURIComponent does';

/** The query of an address. Throws VALIDATION_ERROR at each parameter that would be read with U+FFFD in the place of its bytes. */
export function queryOf(url: string): URLSearchParams {
  const { search, searchParams } = new URL(url);
  if (isUtf8(search)) return searchParams;
  const bad = search
    .slice(1)
    .split('&')
    .filter((pair) => !isUtf8(pair));
  throw violationsError(bad.map((pair) => violation([...new URLSearchParams(pair).keys()][0] ?? '')));
}

/** Throws VALIDATION_ERROR at the one of `parameters` of the path, as hono reads them, that is no UTF-8: it stays encoded there. */
export function assertPath(url: string, parameters: Readonly<Record<string, string>>): void {
  if (isUtf8(new URL(url).pathname)) return;
  const bad = Object.entries(parameters).find(([, value]) => !isUtf8(value));
  throw violationsError([violation(bad?.[0] ?? '')]);
}

const violation = (path: string): Violation => ({ code: 'VALIDATION_ERROR', path, message: MESSAGE });

/** A `%` without two digits after it stands for itself. */
function isUtf8(encoded: string): boolean {
  if (!encoded.includes('%')) return true;
  try {
    decodeURIComponent(encoded.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
    return true;
  } catch {
    return false;
  }
}
