import { z } from 'zod';

/** How a page of a numbered list is asked for. */
export const PageInput = z.strictObject({
  page: z.int().min(1).max(1_000_000).optional().describe('Page number, from 1. Default 1.'),
  limit: z.int().min(1).max(100).optional().describe('Items per page. Default 20, at most 100.'),
});

/** Where a page is in a numbered list. */
export const Pagination = z.object({
  page: z.int().describe('Number of this page, from 1.'),
  limit: z.int().describe('Items per page.'),
  total: z.int().describe('Items on all pages.'),
  has_next: z.boolean().describe('Whether there are further pages.'),
});
export type Pagination = z.infer<typeof Pagination>;

/** How a page of a list with cursors is asked for. */
export const CursorInput = z.strictObject({
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before; absent for the first page.'),
  limit: z.int().min(1).max(100).optional().describe('Items per page. Default 20, at most 100.'),
});

/** How a list with cursors goes on. */
export const CursorPagination = z.object({
  limit: z.int().describe('Items per page.'),
  has_next: z.boolean().describe('Whether there are further pages.'),
  next_cursor: z.string().nullable().describe('`cursor` of the next page; null on the last one.'),
});
export type CursorPagination = z.infer<typeof CursorPagination>;
