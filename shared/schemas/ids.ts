import { z } from 'zod';

/** `wf_{slug}_{random}`; anything else is unknown, not malformed. */
export const WorkflowId = z
  .string()
  .max(200)
  .describe('Id of the workflow.')
  .meta({ example: 'wf_customer_churn_pipeline_k3v9x2m4' });

/** `exec_{time}{random}`; anything else is unknown, not malformed. */
export const ExecutionId = z
  .string()
  .max(200)
  .describe('Id of the execution.')
  .meta({ example: 'exec_01m84tk6xd4t7q2m9v3k' });

/** Of a step that is asked for or named; what a definition may call one is narrower. */
export const StepName = z.string().max(200).describe('Id of the step, as the definition has it.');
