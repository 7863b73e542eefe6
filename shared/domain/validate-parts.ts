import type { Violation } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { CronSchedule } from '../schemas/workflow.ts';
import type { Catalogue } from './catalogue.ts';
import type { CronTimes } from './cron.ts';
import { isObject } from './is-object.ts';
import { readField, readStep } from './readable-step.ts';
import { checkParts } from './validate-definition.ts';
import { mostImportant } from './violations.ts';

/**
 * What `validateDefinition` would say of a definition that its schema refuses, as far as it can be read; what might follow
 * only from the rest is left out. At most 1,000, by precedence of their codes.
 */
export function validateParts(value: unknown, catalogue: Catalogue): Violation[] {
  if (!isObject(value)) return [];
  // More steps than there may be are refused as such, unread.
  const steps = Array.isArray(value.steps) && value.steps.length <= LIMITS.steps ? value.steps.map(readStep) : [];
  const parts = { whole: value, steps, schedule: readSchedule(value.schedule) };
  return mostImportant(checkParts(parts, catalogue).violations);
}

/** In place of what cannot be read stands what is right. */
function readSchedule(value: unknown): CronTimes | null {
  const { type, expression, timezone } = CronSchedule.shape;
  if (!isObject(value) || readField(type, value.type) === null) return null;
  return {
    expression: readField(expression, value.expression) ?? '@daily',
    timezone: readField(timezone, value.timezone) ?? 'UTC',
  };
}
