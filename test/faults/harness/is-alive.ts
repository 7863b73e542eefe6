import { identify } from '../../../scripts/local/process-identity.mjs';

/** Whether a process runs; one that has ended and that nobody has collected yet does not. */
export const isAlive = (pid: number): boolean => identify(pid) !== undefined;
