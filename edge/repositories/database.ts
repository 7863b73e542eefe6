import type { DrizzleD1Database } from 'drizzle-orm/d1';

/** D1 through drizzle: `drizzle(env.DB)`. */
export type Database = DrizzleD1Database;

/** The one workspace there is for now; its row comes with the migrations. */
export const DEFAULT_WORKSPACE = 'default';
