import { DEFAULT_WORKSPACE } from '../../../edge/repositories/database.ts';
import { updateAnnouncement, updateConnected } from '../../../edge/repositories/workers.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { PluginManifest, WorkerAnnouncement } from '../../../shared/schemas/plugin.ts';
import { db } from './client.ts';

export function plugin(name: string, operations: Record<string, JsonObject>, available = true): PluginManifest {
  return {
    name,
    summary: `The ${name} plugin`,
    available,
    unavailable_reason: available ? null : `set ${name.toUpperCase()}_URL`,
    operations: Object.entries(operations).map(([operation, config_schema]) => ({
      name: operation,
      summary: `${name} ${operation}`,
      slot: 'waiting',
      in_engine: false,
      config_schema,
      output_schema: {},
    })),
  };
}

export const CORE = plugin('core', {
  echo: { type: 'object' },
  sleep: {
    type: 'object',
    properties: { duration: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
    required: ['duration'],
    additionalProperties: false,
  },
});
export const WAREHOUSE_UNCONFIGURED = plugin('warehouse', { query: { type: 'object' } }, false);

/** A worker as the catalogue knows it: announced, and connected unless told otherwise. */
export async function announceWorker(
  changes: Partial<WorkerAnnouncement> = {},
  { connected = true, now = new Date().toISOString() } = {},
): Promise<void> {
  const announcement: WorkerAnnouncement = {
    worker_id: 'worker_1',
    pool: 'default',
    plugins: [CORE, WAREHOUSE_UNCONFIGURED],
    capacity: { max_workers: 10, node_types: ['small', 'large'] },
    temporal: { address: '127.0.0.1:7233', namespace: 'default', ui_url: 'http://127.0.0.1:8233' },
    ...changes,
  };
  await updateAnnouncement(db, DEFAULT_WORKSPACE, announcement, now);
  await updateConnected(db, {
    workspaceId: DEFAULT_WORKSPACE,
    workerId: announcement.worker_id,
    connected,
    now,
  });
}
