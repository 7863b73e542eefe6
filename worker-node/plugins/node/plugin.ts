import { definePlugin, type Plugin } from '../define-plugin.ts';
import { mapUnexpected } from '../map-unexpected.ts';
import { scriptEnv } from '../script/script-env.ts';
import { script } from './script.ts';

/** Scripts on the Node that the worker itself runs on. */
export function node({ env }: { env: Readonly<Record<string, string | undefined>> }): Plugin {
  return definePlugin({
    name: 'node',
    summary: 'JavaScript and TypeScript files of the project, each in a process of its own.',
    operations: { script: script(scriptEnv(env)) },
    availability: async () => ({ available: true }),
    mapError: mapUnexpected,
  });
}
