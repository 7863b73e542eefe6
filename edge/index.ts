import type { Env } from './env.ts';
import { createApp } from './rest/app.ts';
import { createInternalApp } from './rest/internal.ts';

export { DispatchDO } from './durable/dispatch-do.ts';
export { ExecutionDO } from './durable/execution-do.ts';

const clients = createApp();
const workers = createInternalApp();

export default {
  fetch: (request, env, ctx) =>
    (new URL(request.url).pathname.startsWith('/internal/') ? workers : clients).fetch(request, env, ctx),
} satisfies ExportedHandler<Env>;
