import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const WORKFLOWS = join(import.meta.dirname, 'workflows');

/** Bundles the workflow code, which takes a second or two. `traces` keeps what `workflows/preload.ts` saves. */
export const bundleWorkflows = ({ traces = false } = {}): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: join(WORKFLOWS, 'run-pipeline.ts'),
    preloadModules: traces ? [] : [join(WORKFLOWS, 'preload.ts')],
    logger: new DefaultLogger('ERROR'),
  });
