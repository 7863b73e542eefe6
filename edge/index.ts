import { createApp } from './rest/app.ts';

export { DispatchDO } from './durable/dispatch-do.ts';
export { ExecutionDO } from './durable/execution-do.ts';

export default createApp();
