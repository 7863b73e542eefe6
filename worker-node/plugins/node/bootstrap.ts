import { registerHooks } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { used } from './used.ts';
import { emit } from './wf.ts';
import { claim } from './wf-channel.ts';
import { reportEnd } from './wf-failure.ts';

// Loaded before every script: lets it import `wf`, says how it failed, and what it used.

claim();

const wf = new URL('wf.ts', import.meta.url).href;
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'wf' ? { url: wf, shortCircuit: true } : next(specifier, context),
});

process.on('uncaughtExceptionMonitor', reportEnd);

/*
 * A listener of the script's keeps a rejection from being an uncaught exception: then ours is called before it. Without one
 * there must be none of ours.
 */
const REJECTION = 'unhandledRejection';
process.on('newListener', (event, listener) => {
  if (event === REJECTION && listener !== reportEnd && !process.listeners(REJECTION).includes(reportEnd))
    process.prependListener(REJECTION, reportEnd);
});
process.on('removeListener', (event) => {
  if (event === REJECTION && process.listeners(REJECTION).every((listener) => listener === reportEnd))
    process.removeListener(REJECTION, reportEnd);
});

// A process that the script started, or a thread, has nothing to say of the script.
if (isMainThread && process.env.WF_PID === `${process.pid}`)
  process.on('exit', () => emit({ type: 'usage', ...used() }));
