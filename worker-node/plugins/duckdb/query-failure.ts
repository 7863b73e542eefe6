import { PluginError } from '../define-plugin.ts';
import type { QueryFailure } from './protocol.ts';

/** The failure as users see it. */
export function pluginErrorOf({ type, message, code, at }: QueryFailure): PluginError {
  if (code !== undefined) return new PluginError({ code, message, retryable: false });
  const where = at ? ` (line ${at.line}, column ${at.column})` : '';
  const details = { type, ...(at && { line: at.line, column: at.column }) };
  if (type === 'Permission') {
    const advice = 'a query reads only its `inputs` and writes only through `output`';
    return new PluginError({
      code: 'ACCESS_DENIED',
      message: `${message}${where}; ${advice}`,
      retryable: false,
      details,
    });
  }
  // Disk full, file gone: may pass by itself, unlike everything that the SQL itself is to blame for.
  const retryable = type === 'IO';
  return new PluginError({
    code: retryable ? 'IO_ERROR' : 'SQL_ERROR',
    message: `${type} Error: ${message}${where}`,
    retryable,
    details,
  });
}
