import { z } from 'zod';

/** How a page of a numbered list is asked for. */
export const PageInput = z.strictObject({
  page: z.int().min(1).max(1_000_000).optional().describe('Page number, from 1. Default 1.'),
  limit: z.int().min(1).max(100).optional().describe('Items per page. Default 20, at most 100.'),
});

/** Where a page is in a numbered list. */
export const Pagination = z.object({ page: z.int(), limit: z.int(), total: z.int(), has_next: z.boolean() });
export type Pagination = z.infer<typeof Pagination>;

/** How a page of a list with cursors is asked for. */
export const CursorInput = z.strictObject({
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before; absent for the first page.'),
  limit: z.int().min(1).max(100).optional().describe('Items per page. Default 20, at most 100.'),
});

/** How a list with cursors goes on. */
export const CursorPagination = z.object({ limit: z.int(), has_next: z.boolean(), next_cursor: z.string().nullable() });
export type CursorPagination = z.infer<typeof CursorPagination>;
