// Loaded before every Node that a script starts, of whatever version: those that can read it have the helper too.

if (process.features.typescript) await import('./bootstrap.ts');
