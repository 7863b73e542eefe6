import type { Execution, StepDetail } from '../../shared/schemas/execution.ts';
import { isRunningStep } from '../../shared/schemas/execution-status.ts';
import { cut } from './one-line.ts';
import type { Progress, Screen } from './progress.ts';
import { doing, isOver, percentage, remarks, seconds, waitingFor } from './step-words.ts';

const REDRAW_MS = 200;
const BAR = { min: 6, max: 24 };
const DURATION = 8;
/** What a narrow terminal leaves for words before the bars get shorter. */
const WORDS = 22;
/** For a terminal that does not say how wide it is. */
const COLUMNS = 80;

const marks: Partial<Record<StepDetail['status'], string>> = {
  completed: '✓',
  failed: '✗',
  skipped: '–',
  cancelled: '–',
  retrying: '↻',
};

interface Layout {
  id: number;
  bar: number;
  line: number;
}

/** Ids get at most two fifths; bars what ids, mark, duration and words leave. The last column stays free. */
function layoutOf({ step_details }: Execution, columns: number): Layout {
  const longest = Math.max(...step_details.map(({ id }) => id.length));
  const id = Math.min(longest, Math.max(BAR.min, Math.floor(columns * 0.4)));
  const left = columns - 1 - ('▶ '.length + id + 1 + 1 + DURATION + 2 + WORDS);
  return { id, bar: Math.min(BAR.max, Math.max(BAR.min, left)), line: columns - 1 };
}

function bar(step: StepDetail, layout: Layout, now: number): string {
  const filled = Math.round((percentage(step) / 100) * layout.bar);
  const picture = '█'.repeat(filled) + '░'.repeat(layout.bar - filled);
  const mark = marks[step.status] ?? (isRunningStep(step.status) ? '▶' : ' ');
  const words = [doing(step), ...remarks(step)].filter(Boolean).join(', ');
  const id = cut(step.id, layout.id).padEnd(layout.id);
  return cut(`${mark} ${id} ${picture} ${seconds(step, now).padStart(DURATION)}  ${words}`.trimEnd(), layout.line);
}

/** As many steps as fit, from the first on that has not ended. */
function inView(steps: StepDetail[], room: number): StepDetail[] {
  const first = steps.findIndex((step) => !isOver(step));
  const from = Math.max(0, Math.min(first === -1 ? steps.length : first, steps.length - room));
  return steps.slice(from, from + room);
}

/** At most `room` lines: a bar per step, and what the bars do not say. */
function linesOf(execution: Execution, room: number, columns: number): string[] {
  const { step_details: steps } = execution;
  const layout = layoutOf(execution, columns);
  const waiting = waitingFor(execution);
  const notes = [
    ...(waiting ? [waiting] : []),
    ...(steps.length + (waiting ? 1 : 0) > room
      ? [`… ${steps.filter(isOver).length} of ${steps.length} steps have ended`]
      : []),
  ];
  const shown = inView(steps, Math.max(1, room - notes.length));
  return [...shown.map((step) => bar(step, layout, Date.now())), ...notes.map((line) => cut(line, columns - 1))];
}

/** Bars that are drawn over again, for a terminal. */
export function createBars(screen: Screen): Progress {
  let current: Execution | undefined;
  let height = 0;
  let over = false;
  // From the first column on: a Ctrl-C that the terminal echoed has moved the cursor.
  const clear = () => `\r${height > 0 ? `\u001b[${height}A` : ''}\u001b[J`;
  /** `room`: lines that there are; more would scroll away from where the cursor can go back to. */
  const picture = (room: number): string => {
    if (!current) return '';
    const lines = linesOf(current, room, screen.columns || COLUMNS);
    height = lines.length;
    // Without line wrap: how many columns a character takes is the terminal's business.
    return `\u001b[?7l${lines.join('\n')}\u001b[?7h\n`;
  };
  const room = () => Math.max(2, (screen.rows || Number.POSITIVE_INFINITY) - 1);
  const draw = () => {
    if (current) screen.write(clear() + picture(room()));
  };
  const clock = setInterval(draw, REDRAW_MS);
  return {
    say(text) {
      screen.write(`${clear()}${text}\n${over ? '' : picture(room())}`);
    },
    update(execution) {
      current = execution;
    },
    end() {
      if (over) return;
      over = true;
      clearInterval(clock);
      if (current) screen.write(clear() + picture(Number.POSITIVE_INFINITY));
      height = 0;
    },
  };
}
