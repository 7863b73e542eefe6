import { z } from 'zod';
import { parseDuration } from '../../../shared/domain/duration.ts';
import { JsonObject } from '../../../shared/schemas/json.ts';
import { Duration } from '../../../shared/schemas/text.ts';
import { longSleep } from '../../long-sleep.ts';
import { defineOperation } from '../define-plugin.ts';

/** Answers its config as it is, after `delay`. */
export const echo = defineOperation({
  summary: 'Answers its config, after an optional delay.',
  config: z.looseObject({ delay: Duration.optional().describe('How long to wait before answering. Default none.') }),
  output: JsonObject.describe('The config.'),
  slot: 'waiting',
  async run({ config, signal }) {
    if (config.delay !== undefined) await longSleep(parseDuration(config.delay) ?? 0, signal);
    return config as JsonObject;
  },
});
