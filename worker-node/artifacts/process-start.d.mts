/**
 * When a process started, as text that no later process with the same pid can have; undefined when it does not run, or
 * this system does not tell. A zombie has ended: it holds neither files nor ports.
 */
export function startOf(pid: number): string | undefined;
