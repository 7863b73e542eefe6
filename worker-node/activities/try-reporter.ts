import { isOver } from '../../shared/domain/check-step.ts';
import { clip } from '../../shared/domain/clip.ts';
import { byteLength, clipBytes } from '../../shared/domain/clip-bytes.ts';
import { nestsDeeper } from '../../shared/domain/nests-deeper.ts';
import { readableObject, wellFormed } from '../../shared/domain/well-formed.ts';
import { LIMITS } from '../../shared/limits.ts';
import type { StepError, StepProgress, StepUsage } from '../../shared/schemas/execution.ts';
import type { JsonObject } from '../../shared/schemas/json.ts';
import type { LogLevel } from '../../shared/schemas/log.ts';
import type { StepProgressUpdate } from '../../shared/schemas/update.ts';
import { tryEnded, tryStarted } from '../workflows/try-entries.ts';
import type { StepInput, TryOutcome, TryTimes } from './contract.ts';
import type { UpdatePoster } from './deps.ts';
import { toldUsage } from './told-usage.ts';

/** At most four updates a second tell of progress and usage. */
const PROGRESS_INTERVAL_MS = 250;

/** UTF-16 units of `current_operation` that are told: it travels in every event of progress. */
const OPERATION_UNITS = 1_000;

/** Fields of usage that are told to be left out, and the length of their names in one entry. */
const MAX_COMPLAINTS = 20;
const COMPLAINT_UNITS = 1_000;

/** Tells the edge what a running try does. */
export interface TryReporter {
  /** The try has begun; its first log entry. */
  started(at: string): void;
  log(level: LogLevel, message: string, metadata?: JsonObject): void;
  progress(progress: { percentage?: number; current_operation?: string }): void;
  usage(usage: Partial<StepUsage>): void;
  /** What was reported of resources; null without. */
  usageSoFar(): StepUsage | null;
  /** The last log entries of the try. */
  ended(outcome: 'completed' | TryOutcome, times: TryTimes, error?: StepError): void;
  /** Tells what is held back, and nothing after it. */
  close(): void;
}

/** `source` names the log of this try: entries of one source are numbered from 0, and told apart by their numbers. */
export function createTryReporter(poster: Pick<UpdatePoster, 'post'>, input: StepInput, source: string): TryReporter {
  const { execution, step } = input;
  const { id: executionId, attempt } = execution;
  let logs = 0;
  let reports = 0;
  let progress: StepProgress | undefined;
  let usage: StepUsage | undefined;
  let held: 'none' | 'waiting' | 'unsent' = 'none';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const complained = new Set<string>();

  function entry(level: LogLevel, text: string, about: JsonObject = {}) {
    const whole = wellFormed(text);
    const message = clipBytes(whole, LIMITS.logMessageBytes, ' … (cut)');
    const metadata = readable(about);
    return {
      source,
      n: logs++,
      timestamp: new Date().toISOString(),
      level,
      step_id: step.id,
      plugin: step.plugin,
      message,
      metadata: message === whole ? metadata : { ...metadata, message_bytes: byteLength(whole) },
    };
  }

  function send(): void {
    const update: StepProgressUpdate = { type: 'step_progress', step_id: step.id, try: input.try, n: reports++ };
    if (progress) update.progress = progress;
    if (usage) update.usage = usage;
    poster.post(executionId, attempt, [update], []);
  }

  /** Sends at once when nothing was sent for a while, else the newest when that time is over. */
  function changed(): void {
    if (held !== 'none') {
      held = 'unsent';
      return;
    }
    send();
    held = 'waiting';
    timer = setTimeout(() => {
      const unsent = held === 'unsent';
      held = 'none';
      if (unsent) changed();
    }, PROGRESS_INTERVAL_MS);
  }

  /** Once per field: what reports it does so again and again. */
  function complain(fields: readonly string[]): void {
    const news = fields.filter((field) => !complained.has(field));
    if (news.length === 0 || complained.size >= MAX_COMPLAINTS) return;
    for (const field of news) complained.add(field);
    const names = clip(news.join(', '), COMPLAINT_UNITS, ' … (cut)');
    const message = `Left out of the reported usage, which cannot be shown: ${names}`;
    poster.post(executionId, attempt, [], [entry('WARN', message)]);
  }

  return {
    started(at) {
      const update = { type: 'step_started' as const, step_id: step.id, try: input.try, at };
      const { level, message } = tryStarted(step, input.try);
      poster.post(executionId, attempt, [update], [entry(level, message)]);
    },
    log(level, message, metadata) {
      if (!closed) poster.post(executionId, attempt, [], [entry(level, message, metadata)]);
    },
    progress({ percentage, current_operation }) {
      if (closed) return;
      const before = progress ?? { current_operation: null, percentage: 0 };
      progress = {
        current_operation:
          current_operation === undefined
            ? before.current_operation
            : clip(wellFormed(current_operation), OPERATION_UNITS),
        percentage: Number.isFinite(percentage) ? Math.min(100, Math.max(0, percentage ?? 0)) : before.percentage,
      };
      changed();
    },
    usage(reported) {
      if (closed) return;
      const told = toldUsage(reported);
      usage = { cluster_id: null, workers: null, cpu_usage: null, memory_usage: null, ...usage, ...told.usage };
      complain(told.leftOut);
      changed();
    },
    usageSoFar: () => usage ?? null,
    ended(outcome, { started_at, completed_at }, error) {
      const told = tryEnded(step, input.try, { outcome, started_at, completed_at, ...(error && { error }) });
      const entries = told.map(({ level, message }) => entry(level, message));
      poster.post(executionId, attempt, [], entries);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      if (held === 'unsent') send();
    },
  };
}

/** The edge leaves out what is larger; metadata that nests deeper would make the whole page of the log unreadable. */
function readable(metadata: JsonObject): JsonObject {
  if (nestsDeeper(metadata, LIMITS.jsonDepth - 1)) return { metadata_truncated: true };
  const shown = readableObject(metadata);
  return isOver(shown, LIMITS.logMessageBytes) ? { metadata_truncated: true } : shown;
}
