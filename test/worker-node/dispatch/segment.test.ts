import { expect, test } from 'vitest';
import { createSegment, requestBody } from '../../../worker-node/dispatch/segment.ts';

const posted = (content: Partial<Parameters<typeof createSegment>[0]>) => {
  const segment = createSegment({ executionId: 'exec_1', attempt: 1, updates: [], logs: [], ...content });
  return requestBody('w', [{ executionId: 'exec_1', attempt: 1, segments: [segment] }]);
};
const at = '2026-01-15T14:30:00.000Z';

test('half a character leaves the worker as U+FFFD, whoever put it into an update', () => {
  const error = { code: 'ENGINE_TERMINATED', message: 'terminated: \ud83d', step_id: null };
  const body = posted({ updates: [{ type: 'closed', status: 'failed', at, error }] });
  expect(JSON.parse(body).batches[0].updates).toEqual([
    { type: 'closed', status: 'failed', at, error: { ...error, message: 'terminated: \ufffd' } },
  ]);
  expect(body).not.toContain('\\ud83d');
});

test('whole characters and texts that look like escapes leave it as they are', () => {
  const detail = '😀 \\ud83d \0';
  const body = posted({ updates: [{ type: 'start_delayed', reason: 'engine_down', detail, at }] });
  expect(JSON.parse(body).batches[0].updates[0].detail).toBe(detail);
});
