/**
 * Why `npm ci` must run in `root`; undefined when node_modules is complete and as package-lock.json says, with the
 * project's Node for `system` (default: this one) where there is one.
 */
export function installNeeded(root: string, system?: { platform: string; arch: string }): string | undefined;
