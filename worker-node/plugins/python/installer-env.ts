import { withDirectLoopback } from '../../proxies.mjs';
import { scriptEnv } from '../script/script-env.ts';

/** How to reach an index, where files of settings and caches are. make_environment.py leaves out what else pip's say. */
const INSTALLER =
  /^PIP_|^(?:https?|all|no)_proxy$|^(?:REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NETRC|TMPDIR)$|^XDG_(?:CONFIG|CACHE|DATA)_(?:HOME|DIRS)$/i;

/**
 * What an installer of Python packages sees of an environment, besides its own settings of uv: what scripts see, and how to
 * reach the package index. No proxy captures an index on this machine.
 */
export function installerEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const settings = Object.entries(env).flatMap(([name, value]) =>
    INSTALLER.test(name) && value !== undefined ? [[name, value]] : [],
  );
  // Requirements files are UTF-8 whatever the locale is.
  return withDirectLoopback({ ...scriptEnv(env), ...Object.fromEntries(settings), PYTHONUTF8: '1' });
}
