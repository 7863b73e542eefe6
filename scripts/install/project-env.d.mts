/**
 * The environment for the project's own processes: its tools come first on PATH, no proxy captures loopback. `left` names
 * what of `env` they do not get.
 */
export function projectEnv(
  env: Readonly<Record<string, string | undefined>>,
  bin: string,
): { env: Record<string, string | undefined>; left: string[] };
