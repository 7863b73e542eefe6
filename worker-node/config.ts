import { resolve, sep } from 'node:path';
import { z } from 'zod';
import { toViolations } from '../shared/domain/violations.ts';
import { Capacity } from '../shared/schemas/plugin.ts';
import { LOGGER_LEVELS } from './logger.ts';

const url = (protocols: RegExp) => z.url({ protocol: protocols, error: 'must be an absolute URL' });

const CAPACITY_KEYS = Object.keys(Capacity.shape).join(' and ');

const CapacityText = z.string().transform((text, context) => {
  const refuse = (why: string) => {
    const message = `must be a JSON object with ${CAPACITY_KEYS}, such as {"max_workers":10} (${why})`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  try {
    const parsed = Capacity.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const violations = toViolations(parsed.error, Capacity);
    return refuse(violations.map(({ path, message }) => [path, message].filter(Boolean).join(': ')).join('; '));
  } catch (error) {
    return refuse(String(error));
  }
});

/** The worker's settings, one environment variable each. */
const Environment = z.object({
  WF_EDGE_URL: url(/^https?$/).describe('Base URL of the edge.'),
  WF_WORKER_KEY: z.string().min(1).describe('API key of scope `worker`.'),
  WF_POOL: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'must be lower-case letters, digits, - and _')
    .default('default'),
  WF_CAPACITY: CapacityText.optional().describe('What this pool can give, as JSON; absent is unlimited.'),
  WF_DATA_DIR: z.string().min(1).describe('Folder for artifacts, caches and unsent updates.'),
  WF_PROJECT_DIR: z.string().min(1).describe('Folder that relative paths in configs mean.'),
  WF_TEMPORAL_UI: url(/^https?$/)
    .optional()
    .describe('Base URL of the Temporal UI, for links.'),
  WF_POSTER_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(32 * 1024 * 1024)
    .describe('Unsent updates in memory before they go to a file below WF_DATA_DIR.'),
  WF_LOG_LEVEL: z.enum(LOGGER_LEVELS).default('info'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/:\d{1,5}$/, 'must be host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
});

export interface Config {
  edge: { url: string; key: string };
  pool: string;
  capacity: Capacity;
  /** Absolute. */
  dataDir: string;
  /** Absolute. */
  projectDir: string;
  /** Bytes. */
  posterMemory: number;
  logLevel: (typeof LOGGER_LEVELS)[number];
  temporal: { address: string; namespace: string; uiUrl: string | null };
}

/** Reads the settings. Throws an error that names every variable that is missing or wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is an unset one, as everywhere in shells and compose files.
  const parsed = Environment.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Error(`the worker's environment is not complete:\n  ${problems.join('\n  ')}`);
  }
  const settings = parsed.data;
  const [dataDir, projectDir] = [resolve(settings.WF_DATA_DIR), resolve(settings.WF_PROJECT_DIR)];
  if (`${projectDir}${sep}`.startsWith(`${dataDir}${sep}`))
    throw new Error(`WF_PROJECT_DIR must not be in WF_DATA_DIR (${dataDir}): steps read no files there`);
  return {
    edge: { url: settings.WF_EDGE_URL, key: settings.WF_WORKER_KEY },
    pool: settings.WF_POOL,
    capacity: settings.WF_CAPACITY ?? {},
    dataDir,
    projectDir,
    posterMemory: settings.WF_POSTER_MEMORY_BYTES,
    logLevel: settings.WF_LOG_LEVEL,
    temporal: {
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
      uiUrl: settings.WF_TEMPORAL_UI ?? null,
    },
  };
}
