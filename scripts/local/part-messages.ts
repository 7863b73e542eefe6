/** What the processes of the stack tell their supervisor over IPC. */
export type PartMessage =
  /** The process serves. The worker says so once it is connected and its plugins are announced. */
  | { type: 'ready' }
  /** It started a native process (workerd, Temporal), which must not outlive it. */
  | { type: 'native'; pid: number };

/** Sends to the supervisor; without one (started by hand) it does nothing. */
export function tellSupervisor(message: PartMessage): void {
  process.send?.(message);
}

export function isPartMessage(message: unknown): message is PartMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    (message.type === 'ready' || message.type === 'native')
  );
}
