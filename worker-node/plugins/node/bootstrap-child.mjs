import module from 'node:module';

// Loaded before every Node that a script starts, of whatever version: one that can read the helper has it too.

if (process.features.typescript && module.registerHooks) await import('./bootstrap.ts');
