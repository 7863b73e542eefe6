import type { Execution } from '../../shared/schemas/execution.ts';
import { isRunningStep } from '../../shared/schemas/execution-status.ts';
import { createBars } from './bars.ts';
import { isOver, percentage, remarks, seconds, waitingFor } from './step-words.ts';

/** Shows an execution while it runs. */
export interface Progress {
  /** A line of its own, kept. */
  say(text: string): void;
  update(execution: Execution): void;
  /** Leaves the last picture on the screen; what is said from now on comes below it. Safe to repeat. */
  end(): void;
}

export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

const QUIET_MS = 4_000;

/** One line per change of a step, for logs; and one when nothing happened for 4 s. */
function createLines(screen: Screen): Progress {
  const statuses = new Map<string, string>();
  let shown: Execution | undefined;
  let quietSince = Date.now();
  const say = (text: string) => {
    quietSince = Date.now();
    screen.write(`${text}\n`);
  };
  const still = setInterval(() => {
    if (!shown || Date.now() - quietSince < QUIET_MS) return;
    const running = shown.step_details.filter(({ status }) => isRunningStep(status));
    const names = running.map((step) => `${step.id} ${Math.round(percentage(step))} %`).join(', ');
    const done = `${shown.progress.completed_steps} of ${shown.progress.total_steps} steps`;
    say(`… ${[done, names, waitingFor(shown)].filter(Boolean).join(', ')}`);
  }, QUIET_MS / 4);
  return {
    say,
    update(execution) {
      shown = execution;
      for (const step of execution.step_details) {
        const status = `${step.status} ${step.tries}`;
        const before = statuses.get(step.id);
        statuses.set(step.id, status);
        if (before === status || (before === undefined && step.tries === 0 && !isOver(step))) continue;
        const took = isOver(step) ? [seconds(step, Date.now())] : [];
        say(`${step.id}: ${[step.status, ...remarks(step), ...took].filter(Boolean).join(', ')}`);
      }
    },
    end: () => clearInterval(still),
  };
}

export const createProgress = (screen: Screen): Progress => (screen.isTTY ? createBars(screen) : createLines(screen));
