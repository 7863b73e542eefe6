import { wellFormed } from '../../shared/domain/well-formed.ts';
import { LIMITS } from '../../shared/limits.ts';
import { StepUsage } from '../../shared/schemas/execution.ts';

/** Usage as the edge takes it, each field by itself. */
export const TELLABLE_USAGE = {
  ...StepUsage.shape,
  cluster_id: StepUsage.shape.cluster_id.refine((id) => id === null || id.length <= LIMITS.clusterId, {
    error: `is over ${LIMITS.clusterId} characters`,
  }),
};

/** What of `reported` the edge takes, and the names of the fields that it would refuse the whole update for. */
export function toldUsage(reported: Partial<StepUsage>): { usage: Partial<StepUsage>; leftOut: string[] } {
  const given = Object.entries(reported).filter(([, value]) => value !== undefined);
  const isTold = ([name, value]: [string, unknown]) =>
    Object.hasOwn(TELLABLE_USAGE, name) && TELLABLE_USAGE[name as keyof typeof TELLABLE_USAGE].safeParse(value).success;
  const told = given
    .filter(isTold)
    .map(([name, value]) => [name, typeof value === 'string' ? wellFormed(value) : value]);
  return {
    // Object.fromEntries forgets the types of the values.
    usage: Object.fromEntries(told) as Partial<StepUsage>,
    leftOut: given.filter((entry) => !isTold(entry)).map(([name]) => name),
  };
}
