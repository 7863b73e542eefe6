import { z } from 'zod';
import { Duration } from '../../../shared/schemas/text.ts';
import type { EngineOperation } from '../define-plugin.ts';

/** A durable timer: the workflow waits, no worker does. */
export const sleep: EngineOperation = {
  summary: 'Waits durably; holds no worker and outlives restarts.',
  config: z.strictObject({ duration: Duration.describe('How long to wait.') }),
  output: z.null(),
  in_engine: true,
};
