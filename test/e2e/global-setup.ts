import type { TestProject } from 'vitest/node';
import { type StackInfo, startStack } from '../../scripts/local/stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    stack: StackInfo;
  }
}

/** Starts the whole stack once for all end-to-end tests, on its own ports and an ephemeral data folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  const { url, api_key, temporal, pids } = stack;
  project.provide('stack', { url, api_key, temporal, pids });
  return () => stack.stop();
}
