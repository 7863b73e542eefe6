import { createHash } from 'node:crypto';
import type { StepInput } from './contract.ts';

/**
 * Names what a step pays for: 64 hexadecimal digits, the same for a try and for those that follow it because a worker was
 * lost, another after a try that failed.
 */
export function idempotencyKey({ execution, step, failed = 0 }: StepInput): string {
  const paid = JSON.stringify([execution.id, execution.attempt, step.id, failed]);
  return createHash('sha256').update(paid).digest('hex');
}
