/**
 * `env` with NO_PROXY and no_proxy that hold what either held, and this machine's own addresses: no proxy captures what
 * the parts of the stack say to each other, nor an index on this machine.
 */
export function withDirectLoopback<Value extends string | undefined>(
  env: Readonly<Record<string, Value>>,
): Record<string, Value | string>;

/** The proxies that `env` sets, such as `https_proxy=http://***@proxy.example:3128`. */
export function proxiesIn(env: Readonly<Record<string, string | undefined>>): string[];

/** Addresses in `text` without the user and password in them. */
export function withoutCredentials(text: string): string;
