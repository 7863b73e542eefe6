import { z } from 'zod';
import { JsonObject } from './json.ts';

/**
 * What a running operation takes up. `compute` operations keep a core busy: as many run at once per worker as there are
 * cores. `waiting` operations mostly wait for something else: 1,000 at once.
 */
export const Slot = z.enum(['compute', 'waiting']);
export type Slot = z.infer<typeof Slot>;

/** What a worker announces of an operation. */
export const OperationManifest = z.object({
  name: z.string().describe('As steps name it.'),
  summary: z.string().describe('What it does, in a line.'),
  slot: Slot.describe('compute: as many run at once per worker as it has cores; waiting: 1,000.'),
  in_engine: z.boolean().describe('True when the engine performs it itself, without a worker (core.sleep).'),
  config_schema: JsonObject.describe('JSON Schema of the config, once expressions are resolved.'),
  output_schema: JsonObject.describe('JSON Schema of the output.'),
});
export type OperationManifest = z.infer<typeof OperationManifest>;

/** What a worker announces of a plugin. */
export const PluginManifest = z.object({
  name: z.string().describe('As steps name it.'),
  summary: z.string().describe('What it is for, in a line.'),
  available: z.boolean().describe('Whether a connected worker can run it now.'),
  unavailable_reason: z.string().nullable().describe('What the operator must do; null when available.'),
  operations: z.array(OperationManifest).describe('What steps may ask of it.'),
});
export type PluginManifest = z.infer<typeof PluginManifest>;

/** What a pool declares that it can give, in the terms in which a step's `resources` ask for it; absent is unlimited. */
export const Capacity = z.strictObject({
  max_workers: z.int().min(1).optional().describe('Most workers of a step: `min_workers`, `max_workers`.'),
  node_types: z.array(z.string()).optional().describe('The types of nodes that there are: `node_type`.'),
});
export type Capacity = z.infer<typeof Capacity>;

/** Where a worker's engine is. */
export const TemporalCoordinates = z.object({
  address: z.string().max(1_000),
  namespace: z.string().max(255),
  ui_url: z.string().max(1_000).nullable(),
});
export type TemporalCoordinates = z.infer<typeof TemporalCoordinates>;

/** Whether a worker reaches its engine. */
export const EngineReach = z.enum(['up', 'down']);
export type EngineReach = z.infer<typeof EngineReach>;

/** What a worker says of itself before it dials in, and again whenever it changes. */
export const WorkerAnnouncement = z.object({
  worker_id: z.string().min(1).max(200),
  pool: z.string().min(1).max(100),
  plugins: z.array(PluginManifest),
  capacity: Capacity,
  temporal: TemporalCoordinates,
});
export type WorkerAnnouncement = z.infer<typeof WorkerAnnouncement>;

/** Input of `GET /v1/plugins/{name}`. */
export const GetPluginInput = z.strictObject({ name: z.string().max(200).describe('Name of the plugin.') });
export type GetPluginInput = z.infer<typeof GetPluginInput>;
