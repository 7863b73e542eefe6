import { errorMessage } from '../../shared/domain/error-message.ts';
import type { ResultUpdate, Update } from '../../shared/schemas/update.ts';
import { isRefusal } from '../refusal.ts';
import type { Activities } from './contract.ts';
import type { EdgeStore } from './deps.ts';

/**
 * Gets one page of the result to the edge. A page that the edge refuses for good ends the execution all the same, with an
 * error that says so: else it would be published for ever, and no stop would end it.
 */
export function createPublishResult(edge: Pick<EdgeStore, 'publish'>): Activities['publishResult'] {
  return async ({ execution_id, attempt, update }) => {
    try {
      return await edge.publish(execution_id, attempt, [update]);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return edge.publish(execution_id, attempt, [refused(update, error)]);
    }
  };
}

/** Steps stand as they were told of before. */
function refused({ status, completed_at }: ResultUpdate, { message }: Error): Update {
  const told = `The edge refused the result (the steps ended, the execution was ${status}): ${message}`;
  return {
    type: 'closed',
    status: status === 'completed' ? 'failed' : status,
    at: completed_at,
    error: { code: 'RESULT_REFUSED', message: errorMessage(told), step_id: null },
  };
}
