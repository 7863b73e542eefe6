import type { JsonObject } from '../../shared/schemas/json.ts';

/**
 * Names a job in a remote system: its id, or the few values that find it again. It travels in heartbeats and in history, so
 * it holds no secrets and stays under 1 KB of JSON.
 */
export type JobHandle = string | JsonObject;
