import { executionsRouter } from './executions.ts';
import { router } from './init.ts';
import { pluginsRouter } from './plugins.ts';
import { workflowsRouter } from './workflows.ts';

/** Every operation of the API. */
export const appRouter = router({ workflows: workflowsRouter, executions: executionsRouter, plugins: pluginsRouter });
export type AppRouter = typeof appRouter;
