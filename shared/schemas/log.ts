import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { ExecutionId, StepName } from './ids.ts';
import { JsonObject } from './json.ts';
import { inOrder, TimeInput, Timestamp } from './text.ts';

/** In ascending order of severity: a filter by level means that level and all after it. */
export const LogLevel = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']);
export type LogLevel = z.infer<typeof LogLevel>;

/** An entry of an execution's log. */
export const LogEntry = z.object({
  timestamp: Timestamp.describe('When it was written.'),
  level: LogLevel.describe('Severity.'),
  step_id: z.string().nullable().describe('Null for entries of the execution itself.'),
  plugin: z.string().nullable().describe('Plugin of the step; null for entries of the execution itself.'),
  message: z.string().describe('At most 64 KiB; the rest is cut off, and metadata.message_bytes says how long it was.'),
  metadata: JsonObject.describe('Always has correlation_id (request id of the start) and trace_id (W3C).'),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** Input of `GET …/logs`. */
export const GetLogsInput = z
  .strictObject({
    execution_id: ExecutionId,
    step_id: StepName.optional().describe('Only entries of this step: of one that does not exist an empty page.'),
    level: LogLevel.optional().describe('Least severe level to answer. Default: all.'),
    start_time: TimeInput.optional().describe(
      'Entries from then on: ISO 8601, or a date (its midnight in UTC); inclusive.',
    ),
    end_time: TimeInput.optional().describe('Entries before: ISO 8601, or a date (its midnight in UTC); exclusive.'),
    limit: z.int().min(1).max(LIMITS.logPage).optional().describe('Entries to answer. Default 1000, at most 10000.'),
    cursor: z.string().max(200).optional().describe('`next_cursor` of the page before.'),
    order: z.enum(['asc', 'desc']).optional().describe('By time. Default asc.'),
  })
  .check(inOrder('start_time', 'end_time'));
export type GetLogsInput = z.infer<typeof GetLogsInput>;

/** Answer of `GET …/logs`: one page, by time. */
export const LogPage = z.object({
  execution_id: ExecutionId,
  logs: z.array(LogEntry).describe('One page by time; fewer than the limit when they are large.'),
  pagination: z
    .object({
      total_entries: z.int().describe('Entries that match the filter, on all pages.'),
      returned_entries: z.int().describe('Entries on this page.'),
      has_more: z.boolean().describe('Whether there are further pages.'),
      next_cursor: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
    })
    .describe('How to go on.'),
});
export type LogPage = z.infer<typeof LogPage>;
