import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { used } from './used.ts';
import { emit, Failure } from './wf.ts';

// Loaded before every script: lets it import `wf`, says how it failed, and what it used.

const wf = new URL('wf.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'wf' ? { url: wf, shortCircuit: true } : next(specifier, context),
});

process.on('uncaughtExceptionMonitor', (error: unknown) => {
  if (error instanceof Failure) {
    emit({
      type: 'error',
      code: error.code,
      message: error.message,
      retryable: error.retryable,
      details: error.details,
    });
  } else {
    emit({ type: 'error', message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
  }
});

// A process that the script started, or a thread, has nothing to say of the script.
if (isMainThread && process.env.WF_PID === `${process.pid}`)
  process.on('exit', () => emit({ type: 'usage', ...used() }));
