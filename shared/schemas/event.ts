import { z } from 'zod';
import { Execution, ExecutionSummary, StepDetail } from './execution.ts';
import { ExecutionId, StepName, WorkflowId } from './ids.ts';
import { LogEntry } from './log.ts';
import { Timestamp } from './text.ts';

/** What an event tells of, as `workflow.{execution or step}.{what}`; `updated` is any change that no other name fits. */
export const EventType = z.enum([
  'workflow.execution.queued',
  'workflow.execution.started',
  'workflow.execution.stopping',
  'workflow.execution.stopped',
  'workflow.execution.paused',
  'workflow.execution.resumed',
  'workflow.execution.retried',
  'workflow.execution.completed',
  'workflow.execution.failed',
  'workflow.execution.timed_out',
  'workflow.execution.updated',
  'workflow.step.queued',
  'workflow.step.started',
  'workflow.step.retrying',
  'workflow.step.waiting',
  'workflow.step.progress',
  'workflow.step.updated',
  'workflow.step.completed',
  'workflow.step.failed',
  'workflow.step.skipped',
  'workflow.step.cancelled',
]);
export type EventType = z.infer<typeof EventType>;

/** What changed: each field present replaces that field of GET whole; null is a value; fields are never merged deeper. */
export const Patch = z.object({
  execution: Execution.omit({ step_details: true }).partial().optional().describe('Fields of the execution.'),
  steps: z.record(z.string(), StepDetail.partial()).optional().describe('Fields of its steps, by step id.'),
});
export type Patch = z.infer<typeof Patch>;

/**
 * One change of visible state. `seq` is 1, 2, 3 … without holes per execution. Changes that were taken in together share
 * one frame; the fields of the execution that follow from its steps (progress, current_steps …) are in the frame's last event.
 */
export const ExecutionEvent = z.object({
  seq: z.int().min(1).describe('1, 2, 3 … without holes per execution.'),
  type: EventType.describe('What happened.'),
  timestamp: Timestamp.describe('When the change was taken in.'),
  data: z
    .looseObject({
      execution_id: ExecutionId,
      workflow_id: WorkflowId,
      step_id: StepName.optional().describe('The step that changed; absent when the execution itself did.'),
      status: z.string().describe('Of the step, else of the execution, after the change.'),
      patch: Patch.describe('The fields that changed, each whole: put them over the snapshot.'),
    })
    .describe('With more fields by type, such as output, error and duration_seconds.'),
});
export type ExecutionEvent = z.infer<typeof ExecutionEvent>;

/** Input of `GET …/events`. */
export const ListEventsInput = z.strictObject({
  execution_id: ExecutionId,
  after_seq: z.int().min(0).optional().describe('Events with a larger seq. Default 0.'),
  limit: z.int().min(1).max(1_000).optional().describe('Events to answer. Default 100, at most 1,000.'),
});
export type ListEventsInput = z.infer<typeof ListEventsInput>;

/** Answer of `GET …/events`: ascending, without holes. */
export const EventList = z.object({
  data: z.array(ExecutionEvent).describe('Ascending by seq; fewer than the limit when they are large.'),
  pagination: z
    .object({
      limit: z.int().describe('The limit that was applied.'),
      has_next: z.boolean().describe('Whether there are later events now.'),
      next_after_seq: z.int().describe('`after_seq` of the next page.'),
    })
    .describe('How to go on.'),
});
export type EventList = z.infer<typeof EventList>;

/** How `…/stream` is asked for. */
export const StreamInput = z.strictObject({
  execution_id: ExecutionId,
  after_seq: z
    .int()
    .min(0)
    .optional()
    .describe(
      'Resume: the events with a larger seq, without a snapshot. To keep a state, begin without it, with the snapshot; 0 ' +
        'gives all events and nothing to put them over. Default: a snapshot.',
    ),
  logs: z.boolean().optional().describe('Whether to send log entries from now on. Default false.'),
});
export type StreamInput = z.infer<typeof StreamInput>;

/**
 * Frames of `…/stream`, each at most 512 KiB: first a snapshot, or with `after_seq` the events after it (an empty list when
 * there are none); then lists of events, and with `logs=true` log entries. A snapshot that is too large for one frame comes
 * without its steps, then come its steps; nothing else comes before all `steps_total` are there.
 */
export const StreamFrame = z.union([
  z.object({ snapshot: Execution }),
  z.object({
    snapshot: ExecutionSummary.describe('An execution whose steps follow.'),
    steps_total: z.int().describe('How many steps follow.'),
  }),
  z.object({ snapshot_steps: z.array(StepDetail).describe('The next steps of the snapshot, in definition order.') }),
  z.array(ExecutionEvent),
  z.object({ log: LogEntry }),
]);
export type StreamFrame = z.infer<typeof StreamFrame>;

/** Subprotocols that a browser offers: this one, and `wf.bearer.{key}`; the server answers this one. */
export const STREAM_PROTOCOL = 'wf.v1';
/** Subprotocol that carries an API key, where a browser cannot send a header: this, then the key. */
export const STREAM_BEARER_PREFIX = 'wf.bearer.';

/** Close codes of a stream. */
export const STREAM_CLOSE = {
  /** The viewer did not read; it resumes by cursor. */
  slowViewer: 4408,
  /** Sending to the viewer failed; it resumes by cursor. */
  failed: 4500,
} as const;
