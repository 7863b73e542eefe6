import { registerHooks } from 'node:module';
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

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  emit({ type: 'usage', cpu_seconds: (userCPUTime + systemCPUTime) / 1e6, peak_memory_mb: maxRSS / 1024 });
});
