const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LoggerLevel = (typeof LEVELS)[number];
export const LOGGER_LEVELS: readonly LoggerLevel[] = LEVELS;

export type LogFields = Readonly<Record<string, unknown>>;

/** The worker's own log (not the log of executions): one JSON object per line. */
export type Logger = Record<LoggerLevel, (message: string, fields?: LogFields) => void>;

/** Lines below `level` are dropped. `write` gets each line without its newline. */
export function createLogger(level: LoggerLevel, write: (line: string) => void): Logger {
  const from = LEVELS.indexOf(level);
  const at =
    (name: LoggerLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(name) < from) return;
      write(JSON.stringify({ time: new Date().toISOString(), level: name, message, ...fields }, printable));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  return typeof value === 'bigint' ? value.toString() : value;
}

/** An error and its causes in one line: libraries put the reason that matters into `cause`. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let current = error; current !== undefined && messages.length < 5; ) {
    const message = current instanceof Error ? current.message || current.name : String(current);
    if (message && !messages.includes(message)) messages.push(message);
    current = current instanceof Error ? current.cause : undefined;
  }
  return messages.join(': ');
}
