import {
  type ExecutionCore,
  type ExecutionHeader,
  type ExecutionState,
  restoreState,
  type StepState,
} from '../../../shared/domain/execution-state.ts';
import { mendJson } from '../../../shared/domain/mend-json.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import type { Warning } from '../../../shared/schemas/warning.ts';
import type { Documents } from '../sqlite/documents.ts';
import type { Frame } from './frames.ts';
import { PAGE_CHARACTERS } from './page-size.ts';
import { firstFrame, isSendable, readEvents } from './stored-events.ts';

/** What an execution's object knows beside its state; fixed at create. */
export interface ExecutionMeta {
  workspace_id: string;
  pool: string;
  workflow_name: string;
  correlation_id: string;
  trace_id: string;
  /** Absent in what was stored before there were any. */
  warnings?: Warning[];
}

export interface ExecutionStore {
  /** Null before the execution was created. */
  load(): { meta: ExecutionMeta; state: ExecutionState } | null;
  create(meta: ExecutionMeta, header: ExecutionHeader, plan: Plan): void;
  /** The attempt's plan as JSON. */
  planText(attempt: number): string | null;
  writeCore(core: ExecutionCore): void;
  writeStep(id: string, step: StepState): void;
  appendFrames(frames: readonly Frame[]): void;
  /** Puts other events in the place of those stored, with the same seqs. */
  rewriteEvents(change: (event: ExecutionEvent) => ExecutionEvent): void;
  /** The first events after `seq`: at most those of one frame as it was stored. */
  frameAfter(seq: number): Frame | null;
  /** Up to `limit` events after `seq`: fewer when they are large, but at least one when there is one. */
  eventsAfter(seq: number, limit: number): ExecutionEvent[];
}

type Row = { first_seq: number; last_seq: number; text: string };

/** State, plan and events of one execution in its object's SQLite. Writes are part of the caller's transaction. */
export function createExecutionStore(sql: SqlStorage, documents: Documents): ExecutionStore {
  const unspill = (name: string, stored: string) => mendJson(documents.unspill(name, stored));

  function load() {
    const [row] = sql.exec<{ text: string }>('SELECT text FROM core').toArray();
    const meta = documents.get('meta');
    const header = documents.get('header');
    if (!row || meta === null || header === null) return null;
    const steps = new Map<string, StepState>();
    for (const { id, text } of sql.exec<{ id: string; text: string }>('SELECT id, text FROM steps'))
      steps.set(id, JSON.parse(unspill(`step/${id}`, text)));
    return { meta: JSON.parse(meta), state: restoreState(JSON.parse(header), JSON.parse(mendJson(row.text)), steps) };
  }

  /** The row that holds an event: the last one that begins at or before it, since frames have no gaps. */
  function rowAt(seq: number): Row | null {
    const [row] = sql
      .exec<Row>(
        'SELECT first_seq, last_seq, text FROM frames WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1',
        seq,
      )
      .toArray();
    return row && row.last_seq >= seq ? row : null;
  }

  function frameAfter(seq: number): Frame | null {
    const row = rowAt(seq + 1);
    if (!row) return null;
    const text = unspill(`frame/${row.first_seq}`, row.text);
    if (row.first_seq === seq + 1 && isSendable(text)) return { ...row, text };
    return firstFrame(readEvents(text).filter((event) => event.seq > seq));
  }

  return {
    load,
    create(meta, header, plan) {
      documents.put('meta', JSON.stringify(meta));
      documents.put('header', JSON.stringify(header));
      documents.put('plan/1', JSON.stringify(plan));
    },
    planText: (attempt) => documents.get(`plan/${attempt}`),
    writeCore: (core) => void sql.exec('INSERT OR REPLACE INTO core (id, text) VALUES (1, ?)', JSON.stringify(core)),
    writeStep(id, step) {
      const text = documents.spill(`step/${id}`, JSON.stringify(step));
      sql.exec('INSERT OR REPLACE INTO steps (id, text) VALUES (?, ?)', id, text);
    },
    appendFrames(frames) {
      for (const { first_seq, last_seq, text } of frames) {
        const stored = documents.spill(`frame/${first_seq}`, text);
        sql.exec('INSERT INTO frames (first_seq, last_seq, text) VALUES (?, ?, ?)', first_seq, last_seq, stored);
      }
    },
    rewriteEvents(change) {
      for (let row = rowAt(1); row; row = rowAt(row.last_seq + 1)) {
        const name = `frame/${row.first_seq}`;
        const events = readEvents(unspill(name, row.text)).map(change);
        documents.remove(name);
        const stored = documents.spill(name, JSON.stringify(events));
        sql.exec('UPDATE frames SET text = ? WHERE first_seq = ?', stored, row.first_seq);
      }
    },
    frameAfter,
    eventsAfter(seq, limit) {
      const events: ExecutionEvent[] = [];
      let size = 0;
      for (let frame = frameAfter(seq); frame; frame = frameAfter(frame.last_seq)) {
        const more: ExecutionEvent[] = JSON.parse(frame.text);
        for (const event of more) {
          size += JSON.stringify(event).length;
          if (events.length >= limit || (events.length > 0 && size > PAGE_CHARACTERS)) return events;
          events.push(event);
        }
      }
      return events;
    },
  };
}
