import type { Blobs } from './blobs.ts';
import { createDefinitions } from './definitions.ts';
import { createExecutionService, type ExecutionService, type ExecutionServiceDeps } from './executions.ts';
import { createPluginService, type PluginService } from './plugins.ts';
import { createWorkflowService, type WorkflowService } from './workflows.ts';

/** The use cases of the API. */
export interface Services {
  workflows: WorkflowService;
  executions: ExecutionService;
  plugins: PluginService;
}

/** What the use cases are told, all together. */
export type ServiceDeps = Omit<ExecutionServiceDeps, 'definitions'> & { blobs: Blobs };

/** Wires the use cases up. */
export function createServices({ blobs, ...deps }: ServiceDeps): Services {
  const definitions = createDefinitions(blobs);
  return {
    workflows: createWorkflowService({ ...deps, definitions }),
    executions: createExecutionService({ ...deps, definitions }),
    plugins: createPluginService(deps),
  };
}
