import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { AppError } from '../../shared/errors.ts';
import type { PackedRecord } from '../workflows/chain-state.ts';
import type { Activities } from './contract.ts';
import type { EdgeStore } from './deps.ts';

/**
 * Hand-over of records from one run of the chain to the next, by way of the edge. A page is named after its content: what
 * an activity that was given up for lost still writes replaces nothing of what its repetition has written.
 */
export function createChainPages(
  edge: Pick<EdgeStore, 'putChainPage' | 'getChainPage'>,
): Pick<Activities, 'saveChain' | 'loadChain'> {
  return {
    async saveChain({ execution_id: executionId, attempt, run, records }) {
      const json = JSON.stringify(records);
      const page = createHash('sha256').update(json).digest('hex');
      try {
        await edge.putChainPage({ executionId, attempt, run, page }, json);
        return page;
      } catch (error) {
        if (isGone(error)) return null;
        throw error;
      }
    },
    async loadChain({ execution_id: executionId, attempt, run, page }) {
      try {
        // What saveChain has stored under this name.
        return (await edge.getChainPage({ executionId, attempt, run, page })) as PackedRecord[];
      } catch (error) {
        // The execution has ended at the edge: no repetition brings the page back.
        if (isGone(error)) throw ApplicationFailure.nonRetryable(error.message, error.code);
        throw error;
      }
    },
  };
}

const isGone = (error: unknown): error is AppError => error instanceof AppError && error.code === 'EXECUTION_NOT_FOUND';
