import { describe, expect, it } from 'vitest';
import { rest } from './caller.ts';
import { steps } from './protocol.ts';

const create = (expression: string) =>
  rest('POST', '/v1/workflows', {
    body: { name: 'weekend', steps, schedule: { type: 'cron', expression, timezone: 'Europe/Amsterdam' } },
  });

describe('the cron expression of a new workflow', () => {
  it.each(['FRI-MON', 'SAT-MON', 'WED-TUE', 'FRI-MON/2', 'SAT-FRI', '5-1', 'fri-1', '7-1', 'SUN-SUN'])(
    'is refused with the weekdays %s',
    async (weekdays) => {
      const { status, body } = await create(`0 9 * * ${weekdays}`);
      expect(status).toBe(400);
      expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'schedule.expression' }] });
      expect(body.error.message).toContain('write ');
    },
  );

  it.each(['0 9 */2 * MON', '0 9 13 * *,MON'])('is refused as %s', async (expression) => {
    const { status, body } = await create(expression);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ path: 'schedule.expression' }] });
    expect(body.error.message).toContain('can be read as days that match both, or either');
  });

  it.each(['FRI-SUN,MON', 'SAT-SUN', '5-7,1', 'MON-SUN/2'])('is taken with the weekdays %s', async (weekdays) => {
    expect((await create(`0 9 * * ${weekdays}`)).status).toBe(201);
  });
});
