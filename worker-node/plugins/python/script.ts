import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defineOperation, type Operation, PluginError } from '../define-plugin.ts';
import { resolveProjectFile } from '../project-file.ts';
import { runScript } from '../script/run-script.ts';
import { argsOrFunction, fitsTheSystem, ScriptOutput, scriptFields, scriptPath } from '../script/script-config.ts';
import { scriptEnv } from '../script/script-env.ts';
import { freshProcess } from '../script/script-host.ts';
import { PathText } from '../source-file.ts';
import { ensureEnvironment } from './environment.ts';
import type { Interpreter, NoInterpreter } from './interpreter.ts';

const RUN_SCRIPT = fileURLToPath(new URL('run_script.py', import.meta.url));
const HELPER = fileURLToPath(new URL('lib', import.meta.url));

export interface ScriptDeps {
  cacheDir: string;
  env: Readonly<Record<string, string | undefined>>;
  /** The Python of this machine. */
  interpreter(): Promise<Interpreter | NoInterpreter>;
}

/** Runs a Python file of the project. */
export function script({ cacheDir, env, interpreter: findInterpreter }: ScriptDeps): Operation {
  return defineOperation({
    summary:
      'Runs a Python file of the project, or a function of it, with JSON in and JSON out, with the packages that it requires.',
    config: z
      .strictObject({
        script: scriptPath(/\.py$/, 'must end in .py'),
        requirements: z
          .union([
            z
              .array(
                z
                  .string()
                  .max(1_000)
                  .regex(
                    // biome-ignore lint/suspicious/noControlCharactersInRegex: every character that ends a line for Python.
                    /^[A-Za-z0-9][^\u0000\n\v\f\r\u001c-\u001e\u0085\u2028\u2029]*(?<!\\)$/,
                    'must be one requirement on one line, such as scikit-learn==1.7.2',
                  ),
              )
              .max(500),
            PathText.max(1_000),
          ])
          .optional()
          .describe(
            'Packages to have: a list such as ["scikit-learn==1.7.2"], or the path of a requirements file. Default: only the standard library and what the machine has.',
          ),
        ...scriptFields,
      })
      .refine(...argsOrFunction)
      .refine(...fitsTheSystem),
    output: ScriptOutput,
    slot: 'compute',
    async run(ctx) {
      const file = await resolveProjectFile(ctx, ctx.config.script);
      const { function: name, args = [], requirements } = ctx.config;
      const interpreter = await findInterpreter();
      if ('absent' in interpreter)
        throw new PluginError({ code: 'PYTHON_NOT_FOUND', message: interpreter.absent, retryable: false });
      const python =
        requirements === undefined || requirements.length === 0
          ? interpreter.path
          : await ensureEnvironment(ctx, { interpreter, requirements, cacheDir, env });
      return runScript(
        ctx,
        {
          command: python,
          args: [RUN_SCRIPT, ...(name === undefined ? ['script', file, ...args] : ['function', file, name])],
          env: pythonEnv(scriptEnv(env), { python, own: ctx.config.env }),
        },
        freshProcess,
      );
    },
  });
}

function pythonEnv(
  env: Record<string, string>,
  { python, own = {} }: { python: string; own: Record<string, string> | undefined },
): Record<string, string> {
  return {
    ...env,
    // So that the tools of the environment's packages are found too.
    PATH: `${dirname(python)}:${env.PATH ?? '/usr/bin:/bin'}`,
    // Lines reach the log as they are printed, in one encoding; the project folder stays free of caches.
    PYTHONUNBUFFERED: '1',
    PYTHONUTF8: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...own,
    // Every Python that the script starts finds the helper.
    PYTHONPATH: [own.PYTHONPATH ?? env.PYTHONPATH, HELPER].filter((path) => path).join(delimiter),
  };
}
