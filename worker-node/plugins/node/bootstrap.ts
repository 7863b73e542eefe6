import { registerHooks } from 'node:module';
import { emit } from './wf.ts';
import { claim } from './wf-channel.ts';
import { report } from './wf-failure.ts';

// Loaded before every script: lets it import `wf`, says how it failed, and what it used.

claim();

const wf = new URL('wf.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'wf' ? { url: wf, shortCircuit: true } : next(specifier, context),
});

process.on('uncaughtExceptionMonitor', report);

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  emit({ type: 'usage', cpu_seconds: (userCPUTime + systemCPUTime) / 1e6, peak_memory_mb: maxRSS / 1024 });
});
