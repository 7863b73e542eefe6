import type { PluginErrorShape } from '../define-plugin.ts';

/** How errors are called, or what they say, where a process that was started has failed and nothing else has. */
const OF_CHILDREN = [
  /\b(?:CalledProcessError|ChildProcessError|ChildFailedError|BrokenProcessPool|BrokenExecutor|TerminatedWorkerError)\b/,
  /\b(?:ProcessRaisedException|ProcessExitedException|WorkerLostError|SystemExit)\b/,
  /\bnon-?zero (?:exit|return)|\bexit ?(?:code|status|value)|\bexited with\b|\breturn ?code\b/i,
  /\bcommand failed\b/i,
  /\b(?:child|children|workers?|sub-?process|process(?:es)?|ranks?)\b[^\n]{0,100}?\b(?:failed|died|crashed|exited|terminated|aborted)\b/i,
  // `assert process.exitcode == 0`
  /^AssertionError$/,
];
/** A shorter message could stand in any other. */
const MIN_QUOTED = 10;

/** Whether an error of the script says no more than that the process failed which declared `child`. */
export function followsFromChild(message: string, child: PluginErrorShape): boolean {
  const isQuoted =
    message.includes(child.code) || (child.message.length >= MIN_QUOTED && message.includes(child.message));
  return isQuoted || OF_CHILDREN.some((pattern) => pattern.test(message));
}
