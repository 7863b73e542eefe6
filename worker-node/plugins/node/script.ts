import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defineOperation, type Operation } from '../define-plugin.ts';
import { resolveProjectFile } from '../project-file.ts';
import { runScript } from '../script/run-script.ts';
import { argsOrFunction, fitsTheSystem, ScriptOutput, scriptFields, scriptPath } from '../script/script-config.ts';
import { freshProcess } from '../script/script-host.ts';

// As URLs: in a path, characters such as # and % would be read as those of one.
const BOOTSTRAP = new URL('bootstrap.ts', import.meta.url).href;
const CHILD_BOOTSTRAP = new URL('bootstrap-child.mjs', import.meta.url).href;
const CALL_FUNCTION = fileURLToPath(new URL('call-function.ts', import.meta.url));

/** `env`: what every script sees of the worker's environment. */
export function script(env: Readonly<Record<string, string>>): Operation {
  return defineOperation({
    summary:
      'Runs a JavaScript or TypeScript file of the project, or a function that it exports, with JSON in and JSON out.',
    config: z
      .strictObject({
        script: scriptPath(/\.(?:[cm]?js|[cm]?ts)$/, 'must end in .ts, .mts, .cts, .js, .mjs or .cjs'),
        ...scriptFields,
      })
      .refine(...argsOrFunction)
      .refine(...fitsTheSystem),
    output: ScriptOutput,
    slot: 'compute',
    async run(ctx) {
      const file = await resolveProjectFile(ctx, ctx.config.script);
      const { function: name, args = [] } = ctx.config;
      const rest = name === undefined ? [file, ...args] : [CALL_FUNCTION, file, name];
      return runScript(
        ctx,
        {
          command: process.execPath,
          args: ['--import', BOOTSTRAP, ...rest],
          env: nodeEnv({ ...env, ...ctx.config.env }),
        },
        freshProcess,
      );
    },
  });
}

/** Every Node that the script starts finds the helper, whatever arguments it is given. */
const nodeEnv = (env: Readonly<Record<string, string>>): Record<string, string> => ({
  ...env,
  NODE_OPTIONS: [env.NODE_OPTIONS, `--import=${CHILD_BOOTSTRAP}`].filter((option) => option).join(' '),
});
