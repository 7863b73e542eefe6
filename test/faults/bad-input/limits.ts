import { EXPRESSION_LIMITS } from '../../../shared/domain/expression-limits.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { echo, type Refusal, withSteps } from './refusal.ts';

/** A body that a limit just allows, and one that is just over it. Bodies are functions: some are large. */
export interface LimitCase {
  title: string;
  at: () => unknown;
  past: () => unknown;
  refusal: Refusal;
}

const invalid = (path: string): Refusal => ({ code: 'VALIDATION_ERROR', path });

/** Cases that differ in one size. */
const sized = (title: string, limit: number, body: (size: number) => unknown, refusal: Refusal): LimitCase => ({
  title: `${title} (${limit})`,
  at: () => body(limit),
  past: () => body(limit + 1),
  refusal,
});

const workflow = (more: Record<string, unknown>) => ({ ...withSteps(echo('a')), ...more });
const step = (more: Record<string, unknown>) => withSteps(echo('a', more));

/** A config of exactly so many bytes as JSON. */
const config = (bytes: number) => ({ text: 'x'.repeat(bytes - JSON.stringify({ text: '' }).length) });

/** Arrays in a config, so that the body is nested so deep. */
function nested(depth: number): unknown {
  const around = ['body', 'steps', 'step', 'config'].length;
  let value: unknown = [];
  for (let level = around + 1; level < depth; level++) value = [value];
  return step({ config: { value } });
}

/** A definition of exactly so many bytes: full configs, and a last one that fills up. */
function definition(bytes: number): unknown {
  const body = withSteps();
  const size = () => JSON.stringify(body).length;
  for (let i = 0; bytes - size() > LIMITS.configBytes; i++)
    body.steps.push(echo(`s${i}`, { config: config(LIMITS.configBytes - 1_000) }));
  body.steps.push(echo('last', { config: { text: '' } }));
  body.steps.push(echo('rest', { config: { text: '' } }));
  const [last, rest] = body.steps.slice(-2) as { config: { text: string } }[];
  const missing = bytes - size();
  if (last) last.config.text = 'x'.repeat(Math.floor(missing / 2));
  if (rest) rest.config.text = 'x'.repeat(Math.ceil(missing / 2));
  return body;
}

/** A body of exactly so many bytes; blanks count as well as anything. */
const padded = (bytes: number): string => JSON.stringify(workflow({})).padEnd(bytes, ' ');

export const LIMIT_CASES: LimitCase[] = [
  sized('bytes of a body', LIMITS.bodyBytes, padded, { code: 'PAYLOAD_TOO_LARGE', says: /8 MiB/ }),
  sized('levels of nesting', LIMITS.jsonDepth, nested, { code: 'VALIDATION_ERROR', says: /64/ }),
  sized(
    'steps',
    LIMITS.steps,
    (n) => withSteps(...Array.from({ length: n }, (_, i) => echo(`s${i}`))),
    invalid('steps'),
  ),
  sized('bytes of a definition', LIMITS.definitionBytes, definition, { code: 'VALIDATION_ERROR', says: /definition/ }),
  sized('bytes of a config', LIMITS.configBytes, (n) => step({ config: config(n) }), invalid('steps.0.config')),
  sized('characters of a step id', 128, (n) => withSteps(echo('a'.repeat(n))), invalid('steps.0.id')),
  sized('characters of a name', LIMITS.name, (n) => workflow({ name: 'n'.repeat(n) }), invalid('name')),
  sized(
    'characters of a description',
    LIMITS.description,
    (n) => workflow({ description: 'd'.repeat(n) }),
    invalid('description'),
  ),
  sized('tags', LIMITS.tags, (n) => workflow({ tags: Array.from({ length: n }, (_, i) => `t${i}`) }), invalid('tags')),
  sized('characters of a tag', LIMITS.tag, (n) => workflow({ tags: ['t'.repeat(n)] }), invalid('tags.0')),
  ...(['on_success', 'on_failure'] as const).map((list) =>
    sized(
      `recipients of ${list}`,
      LIMITS.recipients,
      (n) => workflow({ notifications: { [list]: Array.from({ length: n }, (_, i) => `user${i}@example.com`) } }),
      invalid(`notifications.${list}`),
    ),
  ),
  sized(
    'tries',
    LIMITS.maxAttempts,
    (n) => step({ retry_policy: { max_attempts: n } }),
    invalid('steps.0.retry_policy.max_attempts'),
  ),
  sized(
    'times that a pause grows by',
    100,
    (n) => step({ retry_policy: { backoff_coefficient: n } }),
    invalid('steps.0.retry_policy.backoff_coefficient'),
  ),
  sized(
    'codes that are not tried again',
    100,
    (n) => step({ retry_policy: { non_retryable_errors: Array.from({ length: n }, (_, i) => `E${i}`) } }),
    invalid('steps.0.retry_policy.non_retryable_errors'),
  ),
  sized(
    'names to hold alone',
    100,
    (n) => step({ resources: { exclusive: Array.from({ length: n }, (_, i) => `lock${i}`) } }),
    invalid('steps.0.resources.exclusive'),
  ),
  sized(
    'characters of a recipient',
    320,
    (n) => workflow({ notifications: { on_failure: ['@example.com'.padStart(n, 'u')] } }),
    invalid('notifications.on_failure.0'),
  ),
  sized('characters of a version', 100, (n) => workflow({ version: '1.0.0-'.padEnd(n, 'a') }), invalid('version')),
  sized(
    'characters of a cron expression',
    200,
    (n) => workflow({ schedule: { type: 'cron', expression: '0 2 * * *'.padEnd(n) } }),
    invalid('schedule.expression'),
  ),
  sized('characters of a duration', 64, (n) => step({ timeout: '1s'.padStart(n, '0') }), invalid('steps.0.timeout')),
  sized('days of a step', 30, (n) => step({ timeout: `${n}d` }), invalid('steps.0.timeout')),
  sized('days of an execution', 365, (n) => workflow({ timeout: `${n}d` }), invalid('timeout')),
  sized(
    'characters of an expression',
    EXPRESSION_LIMITS.characters,
    (n) => step({ config: { x: `\${{${'1'.padEnd(n)}}}` } }),
    invalid('steps.0.config.x'),
  ),
  sized(
    'expressions of a config',
    EXPRESSION_LIMITS.perConfig,
    (n) => step({ config: { list: Array(n).fill('${{ 1 }}') } }),
    invalid('steps.0.config'),
  ),
];
