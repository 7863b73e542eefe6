import type { Execution, StepDetail } from '../../shared/schemas/execution.ts';
import { isCompletedStep, isRunningStep, isTerminalStep } from '../../shared/schemas/execution-status.ts';

/** Shows an execution while it runs. */
export interface Progress {
  /** A line of its own, kept. */
  say(text: string): void;
  update(execution: Execution): void;
  /** Leaves the last picture on the screen. */
  end(): void;
}

interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const REDRAW_MS = 200;
const QUIET_MS = 4_000;
const BAR = 24;

const marks: Partial<Record<StepDetail['status'], string>> = {
  completed: '✓',
  failed: '✗',
  skipped: '–',
  cancelled: '–',
  retrying: '↻',
};

function seconds(step: StepDetail, now: number): string {
  const duration =
    step.duration_seconds ??
    (step.started_at && isRunningStep(step.status) ? (now - Date.parse(step.started_at)) / 1_000 : null);
  return duration === null ? '' : `${Math.max(0, duration).toFixed(1)} s`;
}

function percentage({ status, progress }: StepDetail): number {
  return isCompletedStep(status) ? 100 : (progress?.percentage ?? 0);
}

const isOver = ({ status }: StepDetail): boolean => isTerminalStep(status);

/** What is worth knowing besides the status: how often it was tried, what went wrong. */
function remarks({ status, tries, error }: StepDetail): string[] {
  return [tries > 1 ? `${tries} tries` : '', error && !isCompletedStep(status) ? error.message : ''].filter(Boolean);
}

function doing({ status, progress }: StepDetail): string {
  if (isCompletedStep(status)) return '';
  return isRunningStep(status) ? (progress?.current_operation ?? '') : status;
}

function bar(step: StepDetail, idWidth: number, now: number): string {
  const filled = Math.round((percentage(step) / 100) * BAR);
  const picture = '█'.repeat(filled) + '░'.repeat(BAR - filled);
  const mark = marks[step.status] ?? (isRunningStep(step.status) ? '▶' : ' ');
  const words = [doing(step), ...remarks(step)].filter(Boolean).join(', ');
  return `${mark} ${step.id.padEnd(idWidth)} ${picture} ${seconds(step, now).padStart(8)}  ${words}`;
}

function bars(execution: Execution, now: number): string[] {
  const idWidth = Math.max(...execution.step_details.map(({ id }) => id.length));
  return execution.step_details.map((step) => bar(step, idWidth, now));
}

/** Bars that are drawn over again, for a terminal. */
function createBars(screen: Screen): Progress {
  let shown: Execution | undefined;
  let height = 0;
  const clear = () => {
    if (height > 0) screen.write(`\u001b[${height}A\u001b[J`);
    height = 0;
  };
  const draw = () => {
    if (!shown) return;
    clear();
    const lines = bars(shown, Date.now()).map((line) => line.slice(0, (screen.columns ?? 80) - 1));
    screen.write(`${lines.join('\n')}\n`);
    height = lines.length;
  };
  const clock = setInterval(draw, REDRAW_MS);
  return {
    say(text) {
      clear();
      screen.write(`${text}\n`);
      draw();
    },
    update(execution) {
      shown = execution;
    },
    end() {
      clearInterval(clock);
      draw();
    },
  };
}

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
    say(`… ${shown.progress.completed_steps} of ${shown.progress.total_steps} steps${names && `, ${names}`}`);
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
