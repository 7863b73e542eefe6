/** What scripts see of the worker's environment; everything else, such as its keys, stays with the worker. */
const ALLOWED = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'];

/** The part of `env` that scripts get: a fixed list, and the names in `WF_SCRIPT_ENV` (separated by commas). */
export function scriptEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = [...ALLOWED, ...(env.WF_SCRIPT_ENV ?? '').split(',').map((name) => name.trim())];
  return Object.fromEntries(
    names.flatMap((name) => (env[name] === undefined || name === '' ? [] : [[name, env[name]]])),
  );
}
