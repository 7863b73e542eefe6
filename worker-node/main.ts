import { readConfig } from './config.ts';
import { installEngineRuntime } from './engine-runtime.ts';
import { createLogger, describeError } from './logger.ts';
import { runWorker } from './run-worker.ts';

/** The worker process: settings from the environment, ended by SIGTERM, SIGINT or the end of the process that forked it. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel, (line) => process.stderr.write(`${line}\n`));
  installEngineRuntime(logger, config.logLevel);
  const ending = new AbortController();
  const end = (cause: string): void => {
    if (ending.signal.aborted) return;
    logger.info('ending: running steps get their time to finish', { cause });
    ending.abort();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.on('disconnect', () => end('the parent process is gone'));

  await runWorker({
    config,
    env: process.env,
    logger,
    signal: ending.signal,
    onReady: () => {
      logger.info('ready');
      process.send?.({ type: 'ready' });
    },
  });
  logger.info('ended');
}

main().then(
  // Explicitly: the channel to the parent, or what a plugin's library left open, must not keep the process.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exit(1);
  },
);
