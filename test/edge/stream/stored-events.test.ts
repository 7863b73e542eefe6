import { describe, expect, it } from 'vitest';
import { firstFrame, isSendable, readEvents } from '../../../edge/durable/execution/stored-events.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { ExecutionEvent } from '../../../shared/schemas/event.ts';

const files = Array.from({ length: 300 }, (_, i) => `artifact://exec_1/s0/${i}`);

const event = (seq: number, fields: object): ExecutionEvent => ({
  seq,
  type: 'workflow.step.completed',
  timestamp: '2026-01-01T00:00:00.000Z',
  data: { execution_id: 'exec_1', workflow_id: 'wf_1', status: 'completed', patch: { steps: { s0: fields } } },
});

describe('frames that an older version has stored', () => {
  it('are cut to what one frame takes', () => {
    const events = Array.from({ length: 10 }, (_, i) => event(i + 1, { output: 'ä'.repeat(50_000) }));
    expect(isSendable(JSON.stringify(events))).toBe(false);
    const frame = firstFrame(events);
    expect(new TextEncoder().encode(frame.text).length).toBeLessThanOrEqual(LIMITS.frameBytes);
    expect(JSON.parse(frame.text)).toEqual(events.slice(0, frame.last_seq));
    expect(frame.last_seq).toBeGreaterThan(3);
  });

  it('list the first 100 artifacts and their number', () => {
    const text = JSON.stringify([event(1, { artifacts: files })]);
    expect(isSendable(text)).toBe(false);
    expect(readEvents(text)[0]?.data.patch.steps?.s0).toEqual({ artifacts: files.slice(0, 100), artifact_count: 300 });
  });
});
