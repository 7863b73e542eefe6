import { scriptEnv } from '../script/script-env.ts';

const INSTALLER = /^(?:(?:PIP|UV)_.*|(?:HTTPS?|ALL|NO)_PROXY)$/i;

/** What pip and uv see of the worker's environment: besides what scripts see, how to reach the package index. */
export function installerEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const settings = Object.entries(env).flatMap(([name, value]) =>
    INSTALLER.test(name) && value !== undefined ? [[name, value]] : [],
  );
  return { ...scriptEnv(env), ...Object.fromEntries(settings) };
}
