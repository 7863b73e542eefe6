import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { joinPath, quote, toViolations } from '../../../shared/domain/violations.ts';
import { ExecuteWorkflowInput } from '../../../shared/schemas/execution.ts';
import { WorkflowDefinition } from '../../../shared/schemas/workflow.ts';

const step = { id: 'a', plugin: 'p', operation: 'o' };
const workflow = { name: 'x', steps: [step] };

/** `path: message` of everything that is wrong with `value`. */
function problems(schema: z.ZodType, value: unknown): string[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  const violations = toViolations({ issues: result.error.issues, value }, schema);
  for (const { code } of violations) expect(code).toBe('VALIDATION_ERROR');
  return violations.map(({ path, message }) => `${path}: ${message}`);
}

describe('toViolations', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, [': is required']],
    ['a list', [], [': must be an object, not array']],
    ['missing fields', {}, ['name: is required', 'steps: is required']],
    [
      'unknown keys',
      { ...workflow, stpes: 1, zzzzzz: 2 },
      [
        'stpes: unknown key "stpes"; did you mean "steps"? (known: name, version, description, steps, schedule, notifications, tags, timeout)',
        'zzzzzz: unknown key "zzzzzz" (known: name, version, description, steps, schedule, notifications, tags, timeout)',
      ],
    ],
    [
      'an unknown key inside',
      { ...workflow, steps: [{ ...step, retry_policy: { max_atempts: 3 } }] },
      [
        'steps.0.retry_policy.max_atempts: unknown key "max_atempts"; did you mean "max_attempts"? (known: max_attempts, initial_interval, backoff_coefficient, max_interval, non_retryable_errors)',
      ],
    ],
    [
      'wrong types',
      { ...workflow, name: 5, description: null, tags: {} },
      [
        'name: must be a string, not number',
        'description: must be a string, not null',
        'tags: must be an array, not object',
      ],
    ],
    ['an empty list', { ...workflow, steps: [] }, ['steps: must have at least 1 item']],
    [
      'a list that is too long',
      { ...workflow, tags: Array.from({ length: 51 }, () => 'x') },
      ['tags: must have at most 50 items'],
    ],
    ['a string that is too long', { ...workflow, name: 'a'.repeat(201) }, ['name: must have at most 200 characters']],
    ['a malformed version', { ...workflow, version: '1' }, ['version: must be a semantic version such as 1.0.0']],
    [
      'a bad recipient',
      { ...workflow, notifications: { on_success: ['x'] } },
      ['notifications.on_success.0: must be an e-mail address'],
    ],
    [
      'a wrong literal',
      { ...workflow, schedule: { type: 'crno', expression: '@daily' } },
      ['schedule.type: must be cron'],
    ],
    [
      'a bare number as duration',
      { ...workflow, timeout: 600 },
      ['timeout: must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most 365d; write "600s"'],
    ],
    [
      'durations inside, where other values are refused too',
      {
        ...workflow,
        steps: [{ ...step, timeout: '10 min', retry_policy: { initial_interval: 0.5, max_attempts: 'x' } }],
      },
      [
        'steps.0.retry_policy.max_attempts: must be a number, not string',
        'steps.0.retry_policy.initial_interval: must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most 365d; write "500ms"',
        'steps.0.timeout: must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most 365d; write "10m"',
      ],
    ],
    [
      'what can be no duration',
      { ...workflow, timeout: [] },
      ['timeout: must be a duration such as "30s", "1h30m" or "PT30S", above 0 and at most 365d'],
    ],
    [
      'a fraction for an integer',
      { ...workflow, steps: [{ ...step, retry_policy: { max_attempts: 1.5 } }] },
      ['steps.0.retry_policy.max_attempts: must be an integer'],
    ],
    [
      'numbers out of range',
      { ...workflow, steps: [{ ...step, retry_policy: { max_attempts: 0, backoff_coefficient: 101 } }] },
      [
        'steps.0.retry_policy.max_attempts: must be at least 1',
        'steps.0.retry_policy.backoff_coefficient: must be at most 100',
      ],
    ],
    ['a step that is null', { ...workflow, steps: [null] }, ['steps.0: must be an object, not null']],
    [
      'a step called __proto__',
      { ...workflow, steps: [{ ...step, id: '__proto__' }] },
      ['steps.0.id: must not be __proto__'],
    ],
    [
      'a key called __proto__',
      JSON.parse('{"name":"x","steps":[{"id":"a","plugin":"p","operation":"o","__proto__":5}]}'),
      [
        'steps.0.__proto__: unknown key "__proto__" (known: id, plugin, operation, depends_on, config, retry_policy, timeout, resources)',
      ],
    ],
    [
      'a text that runs backwards',
      { ...workflow, name: 'a\u202eb' },
      ['name: must not contain control or bidirectional characters'],
    ],
  ])('says what is wrong with %s', (_title, value, expected) => {
    expect(problems(WorkflowDefinition, value)).toEqual(expected);
  });

  it('lists the values of an enum, and suggests keys inside records', () => {
    const value = { workflow_id: 'x', priority: 'hihg', step_overrides: { train: { confg: {} } } };
    expect(problems(ExecuteWorkflowInput, value)).toEqual([
      'step_overrides.train.confg: unknown key "confg"; did you mean "config"? (known: config, timeout, retry_policy, resources)',
      'priority: must be one of low, normal, high, critical',
    ]);
  });

  it.each<[string, z.ZodType, unknown, string]>([
    [
      'unions',
      z.union([z.string(), z.number()]),
      true,
      ': must be a string, not boolean, or must be a number, not boolean',
    ],
    ['empty strings', z.string().min(1), '', ': must not be empty'],
    [
      'patterns',
      z.fromJSONSchema({ type: 'string', pattern: '^[a-z]+$' }),
      'A1',
      ': must match the pattern /^[a-z]+$/',
    ],
    ['exclusive bounds', z.number().positive(), 0, ': must be above 0'],
    ['multiples', z.number().multipleOf(5), 3, ': must be a multiple of 5'],
    ['records that are none', z.record(z.string(), z.string()), 5, ': must be an object, not number'],
    ['refused keys', z.record(z.string().max(1), z.string()), { ab: 'x' }, 'ab: is not a valid key'],
    [
      'wrapped objects',
      z.strictObject({ name: z.string().optional() }).optional().nullable().default({}),
      { nam: 1 },
      'nam: unknown key "nam"; did you mean "name"? (known: name)',
    ],
  ])('has words for %s', (_title, schema, value, expected) => {
    expect(problems(schema, value)).toEqual([expected]);
  });

  it.each([
    [0, ' (there are none)'],
    [16, ' (known: k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15)'],
    [17, ' (known: k0, k1, k2, k3, k4, k5, k6, k7, k8, k9, k10, k11, k12, k13, k14, k15, k16)'],
  ])('lists the keys that are known: %i', (count, list) => {
    const schema = z.strictObject(
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, z.any().optional()])),
    );
    expect(problems(schema, { other: 1 })).toEqual([`other: unknown key "other"${list}`]);
  });

  it('stays bounded for a body of nothing but unknown keys', () => {
    const hostile = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`stesp${index}`, 1]));
    expect(problems(WorkflowDefinition, { ...workflow, ...hostile })).toHaveLength(1_000);
  });

  it('puts the prefix before every path', () => {
    const error = WorkflowDefinition.safeParse({ steps: [step] }).error;
    expect(error && toViolations(error, WorkflowDefinition, 'body')).toMatchObject([{ path: 'body.name' }]);
  });
});

describe('texts of a user inside messages', () => {
  it('are quoted, escaped and cut', () => {
    expect(quote('a"b\n')).toBe('"a\\"b\\n"');
    expect(quote('x'.repeat(5_000))).toHaveLength(102);
    expect(quote(`${'x'.repeat(98)}😀😀`)).toBe(`"${'x'.repeat(98)}…"`);
    expect(joinPath('steps', 2, '', 'x'.repeat(5_000))).toHaveLength('steps.2.'.length + 100);
  });
});
