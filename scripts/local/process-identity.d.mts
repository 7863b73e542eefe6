/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; compare for equality only. */
  started: string;
}

/** Undefined when no such process runs. */
export function identify(pid: number): ProcessIdentity | undefined;
export function isRunning(identity: ProcessIdentity): boolean;
/** Sends a signal, unless the process has ended. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): void;
/** Signals a whole process group; one that has ended is fine. */
export function signalGroup(leader: number, name: NodeJS.Signals): void;
