import { definePlugin, type Plugin } from '../define-plugin.ts';
import { mapUnexpected } from '../map-unexpected.ts';
import { findInterpreter } from './interpreter.ts';
import { script } from './script.ts';

export interface PythonDeps {
  /** Folder for virtual environments. */
  cacheDir: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** Scripts on the Python of the machine, with a virtual environment per set of requirements. */
export function python({ cacheDir, env }: PythonDeps): Plugin {
  let found: ReturnType<typeof findInterpreter> | undefined;
  const interpreter = () => (found ??= findInterpreter(env));
  return definePlugin({
    name: 'python',
    summary: 'Python files of the project, each in a process of its own, with the packages that they require.',
    operations: { script: script({ cacheDir, env, interpreter }) },
    async availability() {
      const it = await interpreter();
      return 'absent' in it ? { available: false, reason: `${it.absent}.` } : { available: true };
    },
    mapError: mapUnexpected,
  });
}
