import { definePlugin } from '../define-plugin.ts';
import { mapUnexpected } from '../map-unexpected.ts';
import { echo } from './echo.ts';
import { fail } from './fail.ts';
import { sleep } from './sleep.ts';
import { transform } from './transform.ts';

/** Building blocks that need nothing but the worker. */
export const core = definePlugin({
  name: 'core',
  summary: 'Building blocks: echo, sleep, fail, transform.',
  operations: { echo, fail, sleep, transform },
  availability: async () => ({ available: true }),
  mapError: mapUnexpected,
});
