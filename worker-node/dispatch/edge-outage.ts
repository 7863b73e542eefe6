import { describeError, type Logger } from '../logger.ts';

/** Says in the log that the edge does not take updates and for how long, without a line per request. */
export interface EdgeOutage {
  failed(error: unknown): void;
  ended(): void;
}

export interface EdgeOutageOptions {
  logger: Logger;
  /** How much waits, for the log. */
  waiting(): Readonly<Record<string, number>>;
  /** Milliseconds between two lines while it lasts. */
  everyMs: number;
}

export function createEdgeOutage({ logger, waiting, everyMs }: EdgeOutageOptions): EdgeOutage {
  let since: number | undefined;
  let said = 0;
  const seconds = (): number => Math.round((performance.now() - (since ?? 0)) / 100) / 10;
  return {
    failed(error) {
      const now = performance.now();
      if (since !== undefined && now - said < everyMs) return;
      since ??= now;
      said = now;
      logger.warn('the edge does not take updates; they wait here', {
        error: describeError(error),
        for_seconds: seconds(),
        ...waiting(),
      });
    },
    ended() {
      if (since === undefined) return;
      logger.info('the edge takes updates again', { after_seconds: seconds(), ...waiting() });
      since = undefined;
    },
  };
}
