import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../../shared/schemas/update.ts';
import { resultPages } from '../../../worker-node/workflows/final-result.ts';
import { emptyResult, newRecord } from '../../../worker-node/workflows/step-record.ts';
import { mergeStop } from '../../../worker-node/workflows/stop-request.ts';

describe('the final result', () => {
  const at = (second: number) => `2026-01-15T14:30:0${second}.000Z`;
  const step = (id: string, status: StepResult['status'], second: number): StepResult => ({
    ...emptyResult({ plan: { id }, record: newRecord() }, status, at(second)),
    output: 'x',
  });
  const base = { startedAt: at(0), now: at(3), stop: null, error: null };

  test('ends after its last step, whatever the clocks say', () => {
    const [page] = resultPages({ ...base, results: [step('a', 'completed', 5)] });
    expect(page).toMatchObject({ status: 'completed', started_at: at(0), completed_at: at(5), page: 0, pages: 1 });
  });

  test('is completed when a stop came too late to stop anything', () => {
    const [page] = resultPages({
      ...base,
      stop: mergeStop(null, { reason: null, graceful: true, cleanup_resources: true, save_partial_results: true }),
      results: [step('a', 'completed', 1)],
    });
    expect(page?.status).toBe('completed');
  });

  test('has pages of at most 1 MiB that hold every step once', () => {
    const results = Array.from({ length: 600 }, (_, index) => ({
      ...step(`s${index}`, 'completed', 1),
      output: 'y'.repeat(4_000),
    }));
    const pages = resultPages({ ...base, results });
    expect(pages.length).toBe(3);
    expect(pages.every((page, index) => page.page === index && page.pages === 3)).toBe(true);
    expect(pages.flatMap(({ steps }) => steps)).toEqual(results);
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(1024 * 1024 + 1_000);
  });
});
