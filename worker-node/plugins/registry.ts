import { z } from 'zod';
import type { JsonObject } from '../../shared/schemas/json.ts';
import type { OperationManifest, PluginManifest } from '../../shared/schemas/plugin.ts';
import { core } from './core/plugin.ts';
import type { Operation, Plugin, WorkerOperation } from './define-plugin.ts';
import { duckdb } from './duckdb/plugin.ts';
import { node } from './node/plugin.ts';
import { python } from './python/plugin.ts';

export interface RegistryDeps {
  /** Folder for what plugins keep between executions, such as Python environments. Made when needed. */
  cacheDir: string;
  /** The worker's environment: plugins read their settings from it and hand an allow-listed part to scripts. */
  env: Readonly<Record<string, string | undefined>>;
}

export interface Registry {
  plugins: readonly Plugin[];
  /** The operation when a worker runs it; undefined when unknown or performed by the workflow itself. */
  find(plugin: string, operation: string): { plugin: Plugin; operation: WorkerOperation } | undefined;
  /** What the worker announces. Asks every plugin for its availability. */
  manifests(): Promise<PluginManifest[]>;
}

/** All plugins of this worker. A new plugin is added here. */
export function createRegistry(deps: RegistryDeps): Registry {
  return registryOf([core, duckdb(deps), node(deps), python(deps)]);
}

export function registryOf(plugins: readonly Plugin[]): Registry {
  const byName = new Map(plugins.map((plugin) => [plugin.name, plugin]));
  return {
    plugins,
    find(pluginName, operationName) {
      const plugin = byName.get(pluginName);
      if (!plugin || !Object.hasOwn(plugin.operations, operationName)) return undefined;
      const operation = plugin.operations[operationName];
      return operation && !('in_engine' in operation) ? { plugin, operation } : undefined;
    },
    manifests: () => Promise.all(plugins.map(manifest)),
  };
}

async function manifest(plugin: Plugin): Promise<PluginManifest> {
  const availability = await plugin.availability();
  return {
    name: plugin.name,
    summary: plugin.summary,
    available: availability.available,
    unavailable_reason: availability.available ? null : availability.reason,
    operations: Object.entries(plugin.operations).map(([name, operation]) => operationManifest(name, operation)),
  };
}

function operationManifest(name: string, operation: Operation): OperationManifest {
  return {
    name,
    summary: operation.summary,
    // Remote operations wait for their system, those of the engine for time.
    slot: 'run' in operation ? operation.slot : 'waiting',
    in_engine: 'in_engine' in operation,
    config_schema: jsonSchema(operation.config, 'input'),
    output_schema: jsonSchema(operation.output, 'output'),
  };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  // JSON Schema documents are JSON; zod types them more loosely.
  return z.toJSONSchema(schema, { io }) as JsonObject;
}
