// Plain JavaScript because scripts/run.mjs needs it before Node 24 is installed.

/** This machine, in every form that some program compares with: curl, Node, Go, Python and Rust differ. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]', '127.0.0.0/8'];
const PROXY = /^(?:https?|all|grpc|wss?|socks|ftp)_proxy$|^(?:pip_proxy|npm_config_(?:https?_)?proxy)$/i;
const NO_PROXY = /^no_proxy$/i;

export function withDirectLoopback(env) {
  const others = Object.entries(env).filter(([name]) => !NO_PROXY.test(name));
  const given = Object.entries(env).flatMap(([name, value]) =>
    NO_PROXY.test(name) ? (value ?? '').split(/[\s,]+/) : [],
  );
  const list = [...new Set([...given.filter(Boolean), ...LOOPBACK])].join(',');
  const result = { ...Object.fromEntries(others), NO_PROXY: list, no_proxy: list };
  // gRPC reads this one in place of the other two.
  if (env.no_grpc_proxy) result.no_grpc_proxy = `${env.no_grpc_proxy},${list}`;
  return result;
}

export const withoutCredentials = (text) => text.replace(/\/\/[^/@\s]*@/g, '//***@');

export function proxiesIn(env) {
  return Object.entries(env).flatMap(([name, value]) =>
    PROXY.test(name) && value ? [`${name}=${withoutCredentials(value)}`] : [],
  );
}
