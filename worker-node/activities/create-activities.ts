import { Context } from '@temporalio/activity';
import { createExpressions } from '../../shared/domain/expressions.ts';
import { createChainPages } from './chain-pages.ts';
import { createCleanupStep } from './cleanup-step.ts';
import type { Activities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { createHeartbeats } from './heartbeats.ts';
import { planPage } from './plan-page.ts';
import { createPublishResult } from './publish-result.ts';
import { createResolveConfig } from './resolve-config.ts';
import { createRunStep } from './run-step.ts';
import { createStepConfigs } from './step-config.ts';

/** All activities of a worker. They are the same on both of its task queues. */
export function createActivities(deps: ActivityDeps): Activities {
  const configs = createStepConfigs(deps.edge, createExpressions());
  const stepDeps = { ...deps, configs, heartbeats: createHeartbeats() };
  return {
    runStep: createRunStep(stepDeps),
    cleanupStep: createCleanupStep(stepDeps),
    resolveConfig: createResolveConfig(stepDeps),
    // The engine repeats these until they succeed.
    async loadPlan({ execution_id, attempt, page }) {
      return planPage(await configs.plan(execution_id, attempt, Context.current().cancellationSignal), page);
    },
    ...createChainPages(deps.edge),
    publishResult: createPublishResult(deps.edge),
    removeArtifacts: (executionId) => deps.artifacts.remove(executionId),
  };
}
