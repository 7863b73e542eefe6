import { z } from 'zod';
import { JsonValue } from '../../../shared/schemas/json.ts';
import { defineOperation } from '../define-plugin.ts';

/** Answers `value`: its expressions do the work, so that later steps can read one tidy output. */
export const transform = defineOperation({
  summary: 'Makes a JSON value out of parameters and the outputs of earlier steps, by expressions.',
  config: z.strictObject({ value: JsonValue.describe('Any JSON, with expressions anywhere in it.') }),
  output: JsonValue.describe('The value.'),
  slot: 'waiting',
  run: async ({ config }) => config.value,
});
