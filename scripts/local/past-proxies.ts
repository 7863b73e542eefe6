import { proxiesIn } from '../../worker-node/proxies.mjs';

/** What makes a printed `curl` reach this machine where a proxy would capture it; empty where none is set. */
export const pastProxies = (env: NodeJS.ProcessEnv = process.env): string =>
  proxiesIn(env).length > 0 ? "--noproxy '*' " : '';
