import { ApplicationFailure } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { createChainPages } from '../../../worker-node/activities/chain-pages.ts';
import { createTestEdge } from '../engine/test-edge.ts';

const of = { execution_id: 'exec_a', attempt: 1, run: 2 };

describe('the pages that one run hands to the next', () => {
  it('are named after their content: another one replaces none, the same one itself', async () => {
    const edge = createTestEdge();
    const { saveChain, loadChain } = createChainPages(edge);
    const page = await saveChain({ ...of, records: [{ tries: 1 }] });
    const other = await saveChain({ ...of, records: [{ tries: 2 }] });
    expect(await saveChain({ ...of, records: [{ tries: 1 }] })).toBe(page);
    expect(edge.chainPages.size).toBe(2);
    expect(await loadChain({ ...of, page: page ?? '' })).toEqual([{ tries: 1 }]);
    expect(await loadChain({ ...of, page: other ?? '' })).toEqual([{ tries: 2 }]);
  });

  it('are asked for again while the edge is away, and not once it has them no more', async () => {
    const edge = createTestEdge();
    const { saveChain, loadChain } = createChainPages(edge);
    edge.reachable = false;
    await expect(saveChain({ ...of, records: [] })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(loadChain({ ...of, page: 'ab' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    edge.reachable = true;
    const failure = await loadChain({ ...of, page: 'ab' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'EXECUTION_NOT_FOUND', nonRetryable: true });
  });
});
