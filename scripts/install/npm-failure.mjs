import { spawnSync } from 'node:child_process';
import { proxiesIn, withoutCredentials } from '../../worker-node/proxies.mjs';
import { ROOT } from './place.mjs';

/** What npm prints when it could not reach a server. */
const NETWORK =
  /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ERR_SOCKET_TIMEOUT|network|tunnel|proxy|socket hang up|E50[234]|CERT_|certificate|SELF_SIGNED/i;

function npmSays(setting, env) {
  const { stdout = '' } = spawnSync('npm', ['config', 'get', setting], { cwd: ROOT, env, encoding: 'utf8' });
  const value = stdout?.trim() ?? '';
  return value === '' || value === 'null' || value === 'undefined' ? undefined : withoutCredentials(value);
}

/** The proxies of variables, and those of npm's files that no variable names. */
function proxies(env) {
  const named = proxiesIn(env);
  for (const setting of ['proxy', 'https-proxy']) {
    const value = npmSays(setting, env);
    if (value && !named.some((entry) => entry.includes(value.replace(/\/$/, ''))))
      named.push(`${setting}=${value} of .npmrc`);
  }
  return named;
}

export function describeFailure(output, env) {
  if (!NETWORK.test(output)) return 'When the cause is gone, run the same command again.';
  const used = proxies(env);
  const through = used.length > 0 ? ` through a proxy (${used.join(', ')})` : ', with no proxy';
  return `npm asked ${npmSays('registry', env) ?? 'its registry'}${through}: when that answers, run the same command again.`;
}
