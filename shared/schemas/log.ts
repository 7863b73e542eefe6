import { z } from 'zod';
import { LIMITS } from '../limits.ts';
import { JsonObject } from './json.ts';
import { TimeInput, Timestamp } from './text.ts';

/** In ascending order of severity: a filter by level means that level and all after it. */
export const LogLevel = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']);
export type LogLevel = z.infer<typeof LogLevel>;

/** An entry of an execution's log. */
export const LogEntry = z.object({
  timestamp: Timestamp,
  level: LogLevel,
  step_id: z.string().nullable().describe('Null for entries of the execution itself.'),
  plugin: z.string().nullable(),
  message: z.string(),
  metadata: JsonObject.describe('Always has correlation_id (request id of the start) and trace_id (W3C).'),
});
export type LogEntry = z.infer<typeof LogEntry>;

/** Input of `GET …/logs`. */
export const GetLogsInput = z.strictObject({
  execution_id: z.string().max(200),
  step_id: z
    .string()
    .max(200)
    .optional()
    .describe('Only entries of this step: of one that does not exist an empty page.'),
  level: LogLevel.optional().describe('Least severe level to answer. Default: all.'),
  start_time: TimeInput.optional().describe('ISO 8601, or a date (its midnight in UTC); inclusive.'),
  end_time: TimeInput.optional().describe('ISO 8601, or a date (its midnight in UTC); exclusive.'),
  limit: z.int().min(1).max(LIMITS.logPage).optional().describe('Entries to answer. Default 1000, at most 10000.'),
  cursor: z.string().max(200).optional().describe('`next_cursor` of the page before.'),
  order: z.enum(['asc', 'desc']).optional().describe('By time. Default asc.'),
});
export type GetLogsInput = z.infer<typeof GetLogsInput>;

/** Answer of `GET …/logs`: one page, by time. */
export const LogPage = z.object({
  execution_id: z.string(),
  logs: z.array(LogEntry),
  pagination: z.object({
    total_entries: z.int().describe('Entries that match the filter.'),
    returned_entries: z.int(),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  }),
});
export type LogPage = z.infer<typeof LogPage>;
