import type { OutputRef } from '../schemas/execution.ts';
import type { JsonValue } from '../schemas/json.ts';

/** What the `$ref` of every OutputRef begins with. */
export const OUTPUT_REF_PREFIX = 'output://';

/**
 * Whether a step's output stands for one that is stored outside the state. Only the runner makes references to outputs of
 * `executionId`: an operation's own answer of this form is stored, and so answered as the value that it is.
 */
export function isOutputRef(output: JsonValue, executionId: string): output is OutputRef {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return false;
  const { $ref, size, sha256, ...rest } = output;
  return (
    typeof $ref === 'string' &&
    $ref.startsWith(`${OUTPUT_REF_PREFIX}${executionId}/`) &&
    typeof size === 'number' &&
    typeof sha256 === 'string' &&
    Object.keys(rest).length === 0
  );
}
