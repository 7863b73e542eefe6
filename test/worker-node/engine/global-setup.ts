import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../../../worker-node/workflow-bundle.ts';
import { startTemporal } from './temporal-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    temporalAddress: string;
    /** File with the bundled workflow code. */
    workflowBundle: string;
  }
}

/** One dev server and one bundle for all tests of the worker. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'wf-bundle-'));
  const [server, { code }] = await Promise.all([startTemporal(), bundleWorkflows()]);
  const workflowBundle = join(folder, 'workflows.js');
  await writeFile(workflowBundle, code);
  project.provide('temporalAddress', server.address);
  project.provide('workflowBundle', workflowBundle);
  return async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
