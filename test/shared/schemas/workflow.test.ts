import { describe, expect, it } from 'vitest';
import { WorkflowDefinition } from '../../../shared/schemas/workflow.ts';

describe('a version', () => {
  const { version } = WorkflowDefinition.shape;

  it.each(['0.0.0', '1.20.300', '1.0.0-alpha.1', '1.0.0-0a', '1.0.0--', '1.0.0+001', '1.0.0-rc.1+build.5'])(
    '%s is taken',
    (text) => {
      expect(version.safeParse(text).success).toBe(true);
    },
  );

  it.each(['1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-', '1.0.0-..', '1.0.0-01', '1.0.0-a..b', '1.0.0+', '1.0.0+a+b'])(
    '%s is refused',
    (text) => {
      expect(version.safeParse(text).success).toBe(false);
    },
  );
});
