/** Why `npm ci` must run in `root`; undefined when node_modules is complete and as package-lock.json says. */
export function installNeeded(root: string): string | undefined;
