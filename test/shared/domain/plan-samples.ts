import type { Catalogue } from '../../../shared/domain/catalogue.ts';
import { createPlan } from '../../../shared/domain/plan.ts';
import { AppError } from '../../../shared/errors.ts';
import type { ExecuteWorkflowInput } from '../../../shared/schemas/execution.ts';
import type { Plan } from '../../../shared/schemas/plan.ts';
import type { WorkflowDefinition } from '../../../shared/schemas/workflow.ts';
import { CATALOGUE, echo, query, workflow } from './definition-samples.ts';

export type Overrides = NonNullable<ExecuteWorkflowInput['step_overrides']>;

/** The definition that the tests of plans override. */
export const definition = workflow(
  [
    query('extract', { sql: 'SELECT 1', limit: 5 }, { retry_policy: { max_attempts: 3 } }),
    echo('train', {
      depends_on: ['extract'],
      timeout: '30m',
      config: { depth: 6, rows: '${{ steps.extract.output }}', nested: { a: 1, b: 2 } },
    }),
  ],
  { timeout: '2h' },
);

/** How the definition runs with these overrides. */
export const planOf = (of: WorkflowDefinition, step_overrides: Overrides, catalogue: Catalogue): Plan =>
  createPlan(of, { step_overrides }, catalogue).plan;

/** The error of a plan of `definition` that cannot be made. */
export function failure(overrides: Overrides, catalogue: Catalogue = CATALOGUE): AppError {
  try {
    planOf(definition, overrides, catalogue);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the plan was made');
}
