import { PluginError, type PluginErrorShape } from '../define-plugin.ts';
import type { ScriptEnd } from './script-host.ts';

export function tooMuchPassed(): PluginError {
  const message = 'args and env are more than this system can give to a process: pass them as input or files';
  return new PluginError({ code: 'INVALID_CONFIG', message, retryable: false });
}

/** `said`: what the script reported itself. */
export function scriptFailed(
  { exitCode, killedBy }: ScriptEnd,
  stderr: string,
  said: PluginErrorShape | undefined,
): PluginError {
  const how = killedBy === null ? `exit code ${exitCode}` : `signal ${killedBy}`;
  const message = said?.message ?? `the script ended with ${how}${stderr && `: ${stderr}`}`;
  const details = { exit_code: exitCode, signal: killedBy, stderr, ...said?.details };
  return new PluginError({ code: said?.code ?? 'SCRIPT_FAILED', message, retryable: said?.retryable ?? true, details });
}

/** Exit code 0 says nothing of a function that has not returned. */
export function notReturned(
  name: string,
  end: ScriptEnd,
  stderr: string,
  said: PluginErrorShape | undefined,
): PluginError {
  const message = `the process ended before the function \`${name}\` returned: let it return instead of leaving the process`;
  return scriptFailed(end, stderr, said ?? { code: 'SCRIPT_FAILED', message, retryable: true });
}

/** The script would remove it again. */
export function controlFolderGone(): PluginError {
  const message =
    "the folder of WF_INPUT and WF_OUTPUT is gone, and with it the script's output and artifacts: let the script remove only what it made, below its working folder";
  return new PluginError({ code: 'CONTROL_FOLDER_GONE', message, retryable: false });
}
