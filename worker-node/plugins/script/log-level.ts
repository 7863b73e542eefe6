import { LogLevel } from '../../../shared/schemas/log.ts';

/** What other loggers call their levels. */
const NAMES: Readonly<Record<string, LogLevel>> = {
  NOTSET: 'DEBUG',
  TRACE: 'DEBUG',
  VERBOSE: 'DEBUG',
  FINE: 'DEBUG',
  NOTICE: 'INFO',
  SUCCESS: 'INFO',
  LOG: 'INFO',
  WARNING: 'WARN',
  ERR: 'ERROR',
  EXCEPTION: 'ERROR',
  SEVERE: 'ERROR',
  CRITICAL: 'ERROR',
  FATAL: 'ERROR',
  ALERT: 'ERROR',
  EMERGENCY: 'ERROR',
};

/** The level that a script means, by name or by the numbers of Python's `logging`; INFO and `unknown` for any other. */
export function readLogLevel(level: unknown): { level: LogLevel; unknown?: string } {
  if (level === undefined || level === null) return { level: 'INFO' };
  const text = typeof level === 'string' ? level.trim().toUpperCase() : JSON.stringify(level);
  const number = text === '' ? Number.NaN : Number(text);
  if (!Number.isNaN(number)) return { level: byNumber(number) };
  const known = LogLevel.safeParse(text).data ?? (Object.hasOwn(NAMES, text) ? NAMES[text] : undefined);
  return known ? { level: known } : { level: 'INFO', unknown: typeof level === 'string' ? level : text };
}

function byNumber(number: number): LogLevel {
  if (number < 20) return 'DEBUG';
  if (number < 30) return 'INFO';
  return number < 40 ? 'WARN' : 'ERROR';
}
