// Plain JavaScript because scripts/run.mjs needs it before Node 24 is installed.
import { startOf } from '../../worker-node/artifacts/process-start.mjs';

export function identify(pid) {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isRunning({ pid, started }) {
  return startOf(pid) === started;
}

function send(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

export function signal(identity, name) {
  if (isRunning(identity)) send(identity.pid, name);
}

export function signalGroup(leader, name) {
  send(-leader, name);
}
