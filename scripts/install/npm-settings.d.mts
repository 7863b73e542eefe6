/** The environment that npm installs in: of its settings those that say from where, and not the project's own Node. */
export function npmEnv(
  env: Readonly<Record<string, string | undefined>>,
  bin: string,
): Record<string, string | undefined>;

/** The install, whatever files of settings say of packages to leave out, places and scripts. */
export declare const CI_ARGUMENTS: readonly string[];
