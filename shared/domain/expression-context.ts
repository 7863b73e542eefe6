import type { JsonObject, JsonValue } from '../schemas/json.ts';

/** What expressions read. Built where they are evaluated: in the activity that runs the step. */
export interface ExpressionContext {
  parameters: JsonObject;
  /** By step id; only steps that completed or were skipped upstream. */
  steps: Record<string, { output: JsonValue; status: string }>;
  execution: { id: string; name: string | null; attempt: number; scheduled_at: string | null; created_at: string };
  workflow: { id: string; name: string; version: string };
}
