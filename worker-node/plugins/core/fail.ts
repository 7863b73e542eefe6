import { z } from 'zod';
import { defineOperation, PluginError } from '../define-plugin.ts';

/** Fails as its config says: to try retry policies out, and for tests. */
export const fail = defineOperation({
  summary: 'Fails on purpose, always or in the first tries only.',
  config: z.strictObject({
    code: z.string().min(1).max(200).default('FAILED').describe('Error code. Default FAILED.'),
    message: z
      .string()
      .max(10_000)
      .default('Failed on purpose.')
      .describe('Error message. Default "Failed on purpose."'),
    retryable: z
      .boolean()
      .default(true)
      .describe('False fails the step at once, whatever its retry policy says. Default true.'),
    times: z.int().min(1).optional().describe('Fail in this many tries, then complete. Default: fail in every try.'),
  }),
  output: z.object({ try: z.int().describe('The try that completed, from 1.') }),
  slot: 'waiting',
  async run({ config: { code, message, retryable, times }, step }) {
    if (times === undefined || step.try <= times) throw new PluginError({ code, message, retryable });
    return { try: step.try };
  },
});
