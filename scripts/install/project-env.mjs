import { delimiter } from 'node:path';
import { withDirectLoopback } from '../../worker-node/proxies.mjs';
import { splitNodeOptions } from './node-options.mjs';

export function projectEnv({ NODE_OPTIONS: options = '', NODE_PATH: modules, ...env }, bin) {
  const { kept, left } = splitNodeOptions(options);
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '' && folder !== bin);
  return {
    env: {
      ...withDirectLoopback(env),
      PATH: [bin, ...path].join(delimiter),
      ...(kept && { NODE_OPTIONS: kept }),
    },
    left: [...(left ? [`NODE_OPTIONS ${left}`] : []), ...(modules ? ['NODE_PATH'] : [])],
  };
}
