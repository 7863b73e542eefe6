import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger, LoggerLevel } from './logger.ts';

// What the SDK calls information (state changes of its workers) is detail here.
const LEVELS: Record<string, LoggerLevel> = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
};

/**
 * Sets up the process-wide part of the Temporal SDK; once per process, before anything else of it is used. The SDK's log
 * goes to `logger`, that of its native part to stdout: forwarding it makes the SDK buffer and sort every line of detail,
 * which costs each step 60 µs even when nobody reads them. Signals are left to the caller.
 */
export function installEngineRuntime(logger: Logger, level: LoggerLevel): void {
  Runtime.install({
    // The SDK writes two lines of detail for every step: they are not even made when nobody reads them.
    logger: new DefaultLogger(level === 'debug' ? 'DEBUG' : 'WARN', ({ level, message, meta }) => {
      const { error, taskQueue, workflowId, activityType, activityId, attempt } = meta ?? {};
      logger[LEVELS[level] ?? 'debug'](`temporal: ${message}`, {
        error,
        taskQueue,
        workflowId,
        activityType,
        activityId,
        attempt,
      });
    }),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' } } },
    shutdownSignals: [],
  });
}
