import type { Catalogue, KnownPool } from '../../../shared/domain/catalogue.ts';
import type { JsonObject } from '../../../shared/schemas/json.ts';
import type { PluginManifest } from '../../../shared/schemas/plugin.ts';
import type { Step, WorkflowDefinition } from '../../../shared/schemas/workflow.ts';

export function plugin(
  name: string,
  operations: Record<string, JsonObject>,
  unavailable: string | null = null,
): PluginManifest {
  return {
    name,
    summary: `${name} for tests`,
    available: unavailable === null,
    unavailable_reason: unavailable,
    operations: Object.entries(operations).map(([operation, config_schema]) => ({
      name: operation,
      summary: operation,
      slot: operation === 'query' ? 'compute' : 'waiting',
      in_engine: operation === 'sleep',
      config_schema,
      output_schema: {},
    })),
  };
}

export const QUERY_SCHEMA: JsonObject = {
  type: 'object',
  properties: {
    sql: { type: 'string', minLength: 1 },
    limit: { type: 'integer', minimum: 1 },
    format: { enum: ['csv', 'parquet'] },
    columns: { type: 'array', items: { type: 'string' }, maxItems: 3 },
    target: {
      anyOf: [
        { type: 'object', properties: { rows: { type: 'integer' } }, required: ['rows'], additionalProperties: false },
        { type: 'boolean' },
      ],
    },
  },
  required: ['sql'],
  additionalProperties: false,
};

export function pool(overrides: Partial<KnownPool> = {}): KnownPool {
  const plugins = [
    plugin('core', { echo: { type: 'object' }, sleep: { type: 'object' } }),
    plugin('duckdb', { query: QUERY_SCHEMA }),
  ];
  return { name: 'default', live: true, plugins, capacity: {}, ...overrides };
}

export const CATALOGUE: Catalogue = [pool()];

export function echo(id: string, fields: Partial<Step> = {}): Step {
  return { id, plugin: 'core', operation: 'echo', ...fields };
}

export function query(id: string, config: JsonObject, fields: Partial<Step> = {}): Step {
  return { id, plugin: 'duckdb', operation: 'query', config, ...fields };
}

export function workflow(steps: Step[], fields: Partial<WorkflowDefinition> = {}): WorkflowDefinition {
  return { name: 'sample', steps, ...fields };
}
