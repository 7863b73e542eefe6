import { getTableName, is } from 'drizzle-orm';
import { SQLiteTable } from 'drizzle-orm/sqlite-core';
import { expect, it } from 'vitest';
import * as schema from '../../../edge/repositories/schema.ts';

it('has the workspace in every table', () => {
  const tables = Object.values(schema).filter((value) => is(value, SQLiteTable));
  const without = tables.filter((table) => !('workspace_id' in table)).map(getTableName);
  expect(tables.length).toBeGreaterThan(5);
  expect(without).toEqual(['workspaces']);
});
