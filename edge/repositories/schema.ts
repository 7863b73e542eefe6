import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Scope } from '../../shared/schemas/api-key.ts';
import type { ExecutionError, Priority } from '../../shared/schemas/execution.ts';
import type { ExecutionStatus, TerminalExecutionStatus } from '../../shared/schemas/execution-status.ts';
import type { Capacity, EngineReach, PluginManifest, TemporalCoordinates } from '../../shared/schemas/plugin.ts';
import type { WorkflowDefinition, WorkflowStatus } from '../../shared/schemas/workflow.ts';

// Times are ISO 8601 in UTC with milliseconds, so they sort as text. Every list reads one index in its order.

export const workspaces = sqliteTable('workspaces', {
  id: text().primaryKey(),
  created_at: text().notNull(),
});

const workspaceId = () =>
  text()
    .notNull()
    .references(() => workspaces.id);

export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    workspace_id: workspaceId(),
    /** The part of the key that may be shown. */
    prefix: text().notNull(),
    /** SHA-256 of the whole key, hexadecimal. */
    hash: text().notNull(),
    scopes: text({ mode: 'json' }).$type<Scope[]>().notNull(),
    /** Who acts with it: `created_by` of what it creates. */
    owner: text().notNull(),
    created_at: text().notNull(),
    revoked_at: text(),
  },
  (table) => [uniqueIndex('api_keys_hash').on(table.hash)],
);

export const workflows = sqliteTable(
  'workflows',
  {
    id: text().primaryKey(),
    workspace_id: workspaceId(),
    name: text().notNull(),
    /** Newest version. */
    version: text().notNull(),
    description: text().notNull(),
    status: text().$type<WorkflowStatus>().notNull(),
    tags: text({ mode: 'json' }).$type<string[]>().notNull(),
    created_by: text().notNull(),
    created_at: text().notNull(),
    updated_at: text().notNull(),
    last_execution_id: text(),
    last_execution_status: text().$type<ExecutionStatus>(),
    total_executions: integer().notNull().default(0),
    completed_executions: integer().notNull().default(0),
    failed_executions: integer().notNull().default(0),
    timed_out_executions: integer().notNull().default(0),
    /** Sum over completed executions. */
    completed_seconds: real().notNull().default(0),
  },
  (table) => {
    // The condition is spelt out in queries as `isListed`: SQLite uses a partial index only for the same words.
    const listed = sql`status <> 'archived'`;
    const order = [table.created_at, table.id] as const;
    return [
      index('workflows_listed')
        .on(table.workspace_id, ...order)
        .where(listed),
      index('workflows_by_status')
        .on(table.workspace_id, table.status, ...order)
        .where(listed),
      index('workflows_by_outcome')
        .on(table.workspace_id, table.last_execution_status, ...order)
        .where(listed),
      index('workflows_by_creator')
        .on(table.workspace_id, table.created_by, ...order)
        .where(listed),
      index('workflows_by_name').on(table.workspace_id, table.name).where(listed),
    ];
  },
);

export const workflowVersions = sqliteTable(
  'workflow_versions',
  {
    workspace_id: workspaceId(),
    workflow_id: text()
      .notNull()
      .references(() => workflows.id),
    version: text().notNull(),
    /** Null when it is too large for a row: then it lies in R2. */
    definition: text({ mode: 'json' }).$type<WorkflowDefinition>(),
    created_by: text().notNull(),
    created_at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspace_id, table.workflow_id, table.version] })],
);

export const workflowTags = sqliteTable(
  'workflow_tags',
  {
    workspace_id: workspaceId(),
    tag: text().notNull(),
    workflow_id: text()
      .notNull()
      .references(() => workflows.id),
    /** Of the workflow, so that a list by tag reads in order. */
    created_at: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workflow_id, table.tag] }),
    index('workflow_tags_by_tag').on(table.workspace_id, table.tag, table.created_at, table.workflow_id),
  ],
);

/** A copy of what lists show of an execution; the truth is in its Durable Object. It only moves forward in (attempt, seq). */
export const executions = sqliteTable(
  'executions',
  {
    id: text().primaryKey(),
    workspace_id: workspaceId(),
    workflow_id: text().notNull(),
    workflow_version: text().notNull(),
    name: text(),
    status: text().$type<ExecutionStatus>().notNull(),
    attempt: integer().notNull(),
    seq: integer().notNull(),
    priority: text().$type<Priority>().notNull(),
    triggered_by: text({ mode: 'json' }).$type<{ type: 'api' | 'schedule'; actor: string }>().notNull(),
    created_at: text().notNull(),
    started_at: text(),
    completed_at: text(),
    duration_seconds: real(),
    error: text({ mode: 'json' }).$type<ExecutionError>(),
    /** Attempt whose outcome is in the workflow's metrics; 0: only the total; null: nothing yet. */
    counted_attempt: integer(),
    counted_status: text().$type<TerminalExecutionStatus>(),
    counted_seconds: real(),
  },
  (table) => {
    const order = [table.created_at, table.id] as const;
    return [
      index('executions_listed').on(table.workspace_id, ...order),
      index('executions_by_status').on(table.workspace_id, table.status, ...order),
      index('executions_by_workflow').on(table.workspace_id, table.workflow_id, ...order),
      index('executions_by_workflow_status').on(table.workspace_id, table.workflow_id, table.status, ...order),
      index('executions_by_name').on(table.workspace_id, table.name, ...order),
    ];
  },
);

/** The tags that its workflow had when an execution was accepted. */
export const executionTags = sqliteTable(
  'execution_tags',
  {
    workspace_id: workspaceId(),
    tag: text().notNull(),
    created_at: text().notNull(),
    execution_id: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspace_id, table.tag, table.created_at, table.execution_id] })],
);

export const workers = sqliteTable(
  'workers',
  {
    workspace_id: workspaceId(),
    id: text().notNull(),
    pool: text().notNull(),
    /** Whether it holds a dispatch socket. */
    connected: integer({ mode: 'boolean' }).notNull(),
    last_seen_at: text().notNull(),
    /** Whether it reached the engine when it was heard of last; null before it said. */
    engine: text().$type<EngineReach>(),
    /** The operations that it can run now, as `plugin.operation`. */
    operations: text({ mode: 'json' }).$type<string[]>().notNull(),
    capacity: text({ mode: 'json' }).$type<Capacity>().notNull(),
    temporal: text({ mode: 'json' }).$type<TemporalCoordinates>().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspace_id, table.id] }),
    index('workers_by_last_seen').on(table.workspace_id, table.last_seen_at),
  ],
);

/** Every plugin that a pool ever announced, as it was announced last. */
export const pluginCatalogue = sqliteTable(
  'plugin_catalogue',
  {
    workspace_id: workspaceId(),
    pool: text().notNull(),
    name: text().notNull(),
    manifest: text({ mode: 'json' }).$type<PluginManifest>().notNull(),
    updated_at: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspace_id, table.pool, table.name] })],
);

/** How long the steps of a workflow took when it completed last: what the next execution is estimated by. */
export const workflowDurations = sqliteTable(
  'workflow_durations',
  {
    workspace_id: workspaceId(),
    workflow_id: text()
      .notNull()
      .references(() => workflows.id),
    /** Seconds by step id. */
    seconds: text({ mode: 'json' }).$type<Record<string, number>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspace_id, table.workflow_id] })],
);

/**
 * Requests that came with an Idempotency-Key: which resource they make, by the kind that `operation` says. Nothing of an
 * answer is kept: it may hold a secret, and what it says of the resource changes.
 */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    workspace_id: workspaceId(),
    operation: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of the input as canonical JSON. */
    input_hash: text().notNull(),
    resource_id: text().notNull(),
    /** HTTP status of the answer; null until it was given. */
    status: integer(),
    created_at: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.workspace_id, table.operation, table.key] }),
    index('idempotency_keys_by_age').on(table.created_at),
  ],
);
