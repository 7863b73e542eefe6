import { delimiter } from 'node:path';
import { withDirectLoopback } from '../../worker-node/proxies.mjs';

/** npm's settings that say from where packages come. All others say whether, what or to where, which this project decides. */
const FROM_WHERE = [
  /^\/\//,
  /^(?:@.+:)?registry$/,
  /^(?:https?-)?proxy$|^no-?proxy$|^local-address$/,
  /^(?:ca|cafile|cert|key|certfile|keyfile|strict-ssl)$/,
  /^(?:_auth|_authtoken|_password|username|email|otp|auth-type)$/,
  /^fetch-|^(?:maxsockets|cache|cache-max|cache-min|logs-dir|logs-max)$/,
  /^(?:offline|prefer-offline|prefer-online|replace-registry-host|omit-lockfile-registry-resolved|user-agent)$/,
  // Where npm's files of settings are: the global one lies below the prefix.
  /^(?:userconfig|globalconfig|prefix)$/,
];

/** npm takes its variables in any case, with `_` for `-`. */
function settingOf(variable) {
  const name = /^npm_config_(.+)$/i.exec(variable)?.[1];
  return name?.startsWith('//') ? name : name?.toLowerCase().replaceAll(/(?!^)_/g, '-');
}

const isKept = (variable) => {
  const name = settingOf(variable);
  return name === undefined || FROM_WHERE.some((pattern) => pattern.test(name));
};

export function npmEnv({ NODE_ENV: _nodeEnv, NODE_OPTIONS: _nodeOptions, ...env }, bin) {
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== bin);
  const kept = Object.entries(env).filter(([name]) => isKept(name));
  return { ...withDirectLoopback(Object.fromEntries(kept)), PATH: path.join(delimiter) };
}

/** Arguments win over every .npmrc. None of the packages needs its install script. */
export const CI_ARGUMENTS = [
  'ci',
  ...['dev', 'optional', 'peer'].map((kind) => `--include=${kind}`),
  '--ignore-scripts=true',
  '--global=false',
  '--location=project',
  '--workspaces=false',
  '--dry-run=false',
  '--package-lock=true',
  '--package-lock-only=false',
  '--bin-links=true',
  '--install-strategy=hoisted',
  '--global-style=false',
  '--legacy-bundling=false',
  '--legacy-peer-deps=false',
  '--strict-peer-deps=false',
  '--engine-strict=false',
  '--force=false',
  `--os=${process.platform}`,
  `--cpu=${process.arch}`,
  '--before=null',
  '--loglevel=error',
  '--audit=false',
  '--fund=false',
  '--json=false',
  '--usage=false',
  '--version=false',
];
