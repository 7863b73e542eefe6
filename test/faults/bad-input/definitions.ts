import { type BadCase, echo, withSteps } from './refusal.ts';

const ofSteps = (title: string, refusal: BadCase['refusal'], ...steps: Record<string, unknown>[]): BadCase => ({
  title,
  body: withSteps(...steps),
  refusal,
});

const ofStep = (title: string, step: Record<string, unknown>, refusal: BadCase['refusal']): BadCase =>
  ofSteps(title, refusal, echo('a', step));

const ofWorkflow = (title: string, more: Record<string, unknown>, refusal: BadCase['refusal']): BadCase => ({
  title,
  body: { ...withSteps(echo('a')), ...more },
  refusal,
});

const dependency = (path: string, says?: RegExp): BadCase['refusal'] => ({
  code: 'STEP_DEPENDENCY_ERROR',
  path,
  ...(says && { says }),
});
const invalid = (path: string, says?: RegExp): BadCase['refusal'] => ({
  code: 'VALIDATION_ERROR',
  path,
  ...(says && { says }),
});

export const GRAPHS: BadCase[] = [
  ofSteps(
    'a cycle of two',
    dependency('steps.0.depends_on.0', /a → b → a/),
    echo('a', { depends_on: ['b'] }),
    echo('b', { depends_on: ['a'] }),
  ),
  ofSteps(
    'a cycle of three behind a sound step',
    dependency('steps.1.depends_on.1', /a → c → b → a/),
    echo('root'),
    echo('a', { depends_on: ['root', 'c'] }),
    echo('b', { depends_on: ['a'] }),
    echo('c', { depends_on: ['b'] }),
  ),
  ofSteps(
    'the second of two cycles',
    dependency('steps.2.depends_on.0', /c → d → c/),
    echo('a', { depends_on: ['b'] }),
    echo('b', { depends_on: ['a'] }),
    echo('c', { depends_on: ['d'] }),
    echo('d', { depends_on: ['c'] }),
  ),
  ofStep('a step that depends on itself', { depends_on: ['a'] }, dependency('steps.0.depends_on.0', /itself/)),
  ofSteps(
    'an unknown dependency, with the nearest name',
    dependency('steps.1.depends_on.0', /"extarct".*extract/),
    echo('extract'),
    echo('b', { depends_on: ['extarct'] }),
  ),
  ...['__proto__', 'constructor'].map((name) =>
    ofStep(
      `the inherited name ${name} as dependency`,
      { depends_on: [name] },
      dependency('steps.0.depends_on.0', /no step/),
    ),
  ),
  ofSteps(
    'a dependency listed twice',
    dependency('steps.1.depends_on.1', /twice/),
    echo('a'),
    echo('b', { depends_on: ['a', 'a'] }),
  ),
  ofSteps('two steps of one id', dependency('steps.1.id', /"a"/), echo('a'), echo('a')),
];

export const PLUGINS: BadCase[] = [
  ofStep('an unknown plugin', { plugin: 'cor' }, { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.plugin', says: /core/ }),
  ofStep(
    'an unknown operation',
    { operation: 'ehco' },
    { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.operation', says: /echo/ },
  ),
  ofStep(
    'an inherited name as plugin',
    { plugin: '__proto__' },
    { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.plugin' },
  ),
  ofStep(
    'an inherited name as operation',
    { operation: 'constructor' },
    { code: 'PLUGIN_UNAVAILABLE', path: 'steps.0.operation' },
  ),
  ofStep('a config without a required field', { operation: 'sleep', config: {} }, invalid('steps.0.config.duration')),
  ofStep(
    'a config of the wrong type',
    { operation: 'fail', config: { times: 'often' } },
    invalid('steps.0.config.times', /integer|number/),
  ),
  ofStep(
    'a config with an unknown key',
    { operation: 'fail', config: { tims: 1 } },
    invalid('steps.0.config.tims', /times/),
  ),
  ofStep(
    'a config with an inherited name as key',
    { operation: 'fail', config: { constructor: 1 } },
    invalid('steps.0.config.constructor', /unknown/),
  ),
  ofStep('a config that is a list', { config: [] }, invalid('steps.0.config')),
];

export const EXPRESSIONS: BadCase[] = [
  ofStep(
    'an expression that does not parse',
    { config: { x: '${{ 1 + }}' } },
    invalid('steps.0.config.x', /character/),
  ),
  ofStep('an expression without an end', { config: { x: '${{ 1' } }, invalid('steps.0.config.x')),
  ofStep('an unknown name', { config: { x: '${{ env.HOME }}' } }, invalid('steps.0.config.x', /env/)),
  ofStep('an unknown function', { config: { x: '${{ eval("1") }}' } }, invalid('steps.0.config.x', /eval/)),
  ofStep(
    'an expression deep in the config',
    { config: { list: [{ deep: '${{ nothing }}' }] } },
    invalid('steps.0.config.list.0.deep'),
  ),
  ofStep('an argument too few', { config: { x: '${{ int() }}' } }, invalid('steps.0.config.x', /argument/)),
  ofStep(
    'a member that a step lacks',
    { config: { x: '${{ steps.a.outptu }}' } },
    invalid('steps.0.config.x', /output/),
  ),
  ofStep(
    'an expression nested too deep',
    { config: { x: `\${{ ${'('.repeat(1_000)}1${')'.repeat(1_000)} }}` } },
    invalid('steps.0.config.x', /depth/i),
  ),
  ofStep(
    'an expression that reads an inherited name',
    { config: { x: '${{ steps.constructor.output }}' } },
    dependency('steps.0.config.x', /constructor/),
  ),
  ofSteps(
    'an expression that reads a step which is not upstream',
    dependency('steps.1.config.x', /upstream/),
    echo('a'),
    echo('b', { config: { x: '${{ steps.a.output }}' } }),
  ),
  ofStep(
    'an expression that reads an unknown step',
    { config: { x: '${{ steps.nobody.output }}' } },
    dependency('steps.0.config.x', /nobody/),
  ),
];

export const SHAPES: BadCase[] = [
  ofWorkflow('a missing name', { name: undefined }, invalid('name', /required/)),
  ofWorkflow('a blank name', { name: ' \u200b' }, invalid('name', /visible/)),
  ofWorkflow('a name of fillers', { name: '\u3164\u2800\u115f' }, invalid('name', /visible/)),
  ofWorkflow('a control character in the name', { name: 'a\u0007b' }, invalid('name', /control/)),
  ofWorkflow('a bidirectional mark in the name', { name: 'abc\u202edef' }, invalid('name', /bidirectional/)),
  ofWorkflow('an invisible tag', { tags: ['ok', '\u200b'] }, invalid('tags.1')),
  ...['1.0', '01.0.0', '1.0.0-..', '1.0.0-01', '1.0.0+', 'v1.0.0'].map((version) =>
    ofWorkflow(`the version "${version}"`, { version }, invalid('version', /semantic/)),
  ),
  ofWorkflow('no steps', { steps: [] }, invalid('steps')),
  ofWorkflow('steps that are no list', { steps: {} }, invalid('steps', /array/)),
  ofWorkflow('an unknown key, with the nearest name', { notification: {} }, invalid('notification', /notifications/)),
  ofWorkflow('an inherited name as key', { constructor: {} }, invalid('constructor')),
  ofStep('an unknown key in a step', { depend_on: ['a'] }, invalid('steps.0.depend_on', /depends_on/)),
  ofStep('a step id with a blank', { id: 'a b' }, invalid('steps.0.id')),
  ofStep('a step id that starts with a digit', { id: '1a' }, invalid('steps.0.id')),
  ofStep('__proto__ as step id', { id: '__proto__' }, invalid('steps.0.id', /__proto__/)),
  { title: 'a body that is a list', body: [], refusal: { code: 'VALIDATION_ERROR', says: /object/ } },
  { title: 'a body that is null', body: null, refusal: { code: 'VALIDATION_ERROR', says: /object/ } },
];

const DURATIONS = ['', '5', '0s', '-5s', '1.s', '5 s', '5S', '1y', 'PT', 'P1M', 'P', '366d', 'soon', '1e3s', '٥s'];
export const DURATION_CASES: BadCase[] = [
  ...DURATIONS.map((timeout) =>
    ofStep(`the duration "${timeout}"`, { timeout }, invalid('steps.0.timeout', /duration/)),
  ),
  ofStep('a duration that is a number', { timeout: 30 }, invalid('steps.0.timeout')),
  ofStep('a step timeout above 30 days', { timeout: '31d' }, invalid('steps.0.timeout', /30d/)),
  ofWorkflow('a bad timeout of the workflow', { timeout: '0s' }, invalid('timeout')),
  ofSteps(
    'a bad duration in a config, beside a step that the schema refuses',
    invalid('steps.1.config.duration', /30s/),
    echo('a', { tiemout: '5m' }),
    echo('b', { operation: 'sleep', config: { duration: '400d' } }),
  ),
  ...['soon', '400d', '0.5ms'].flatMap((duration) => [
    ofStep(
      `the duration "${duration}" to sleep for`,
      { operation: 'sleep', config: { duration } },
      invalid('steps.0.config.duration', /30s/),
    ),
    ofStep(
      `the duration "${duration}" to delay an echo by`,
      { config: { delay: duration } },
      invalid('steps.0.config.delay', /30s/),
    ),
  ]),
];

const cron = (expression: string, timezone?: string) => ({
  schedule: { type: 'cron', expression, ...(timezone !== undefined && { timezone }) },
});
const EXPRESSIONS_OF_CRON = [
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '0 0 30 2 *',
  '@reboot',
  '0 0 L * *',
  'a b c d e',
];
const ZONES = ['', '5', 'Mars/Olympus', 'europe/berlin ', '+02:00'];
export const SCHEDULES: BadCase[] = [
  ...EXPRESSIONS_OF_CRON.map((expression) =>
    ofWorkflow(`the cron expression "${expression}"`, cron(expression), invalid('schedule.expression')),
  ),
  ...ZONES.map((zone) => ofWorkflow(`the zone "${zone}"`, cron('0 2 * * *', zone), invalid('schedule.timezone'))),
  ofWorkflow('a schedule of another kind', { schedule: { type: 'interval', every: '5m' } }, invalid('schedule.type')),
  ofWorkflow('a schedule without an expression', { schedule: { type: 'cron' } }, invalid('schedule.expression')),
];

export const NOTIFICATIONS: BadCase[] = [
  '',
  'nobody',
  'a@',
  '@b.example',
  'a b@c.example',
  'a@b.example, c@d.example',
].map((recipient) =>
  ofWorkflow(
    `the recipient "${recipient}"`,
    { notifications: { on_success: ['ok@example.com'], on_failure: ['ok@example.com', recipient] } },
    invalid('notifications.on_failure.1', /e-mail/),
  ),
);

const retry = (title: string, retry_policy: unknown, path: string): BadCase =>
  ofStep(`a retry policy with ${title}`, { retry_policy }, invalid(`steps.0.retry_policy${path}`));
export const RETRY_POLICIES: BadCase[] = [
  retry('no try', { max_attempts: 0 }, '.max_attempts'),
  retry('too many tries', { max_attempts: 101 }, '.max_attempts'),
  retry('half a try', { max_attempts: 1.5 }, '.max_attempts'),
  retry('a text for a number', { max_attempts: '3' }, '.max_attempts'),
  retry('shrinking pauses', { backoff_coefficient: 0.5 }, '.backoff_coefficient'),
  retry('a bad first pause', { initial_interval: '0s' }, '.initial_interval'),
  retry('a bad longest pause', { max_interval: 'PT' }, '.max_interval'),
  retry('an empty error code', { non_retryable_errors: [''] }, '.non_retryable_errors.0'),
  retry('an unknown key', { maximum_attempts: 3 }, '.maximum_attempts'),
  retry('another shape', [], ''),
];

const resources = (title: string, value: unknown, refusal: BadCase['refusal']): BadCase =>
  ofStep(`resources with ${title}`, { resources: value }, refusal);
/** Against a pool that declares at most 10 workers and nodes of type `small`. */
export const RESOURCES: BadCase[] = [
  resources(
    'fewer workers at most than at least',
    { min_workers: 3, max_workers: 2 },
    invalid('steps.0.resources.min_workers'),
  ),
  resources('no worker', { min_workers: 0 }, invalid('steps.0.resources.min_workers')),
  resources('too many workers', { max_workers: 100_001 }, invalid('steps.0.resources.max_workers')),
  resources('half a worker', { max_workers: 1.5 }, invalid('steps.0.resources.max_workers')),
  resources('an invisible node type', { node_type: ' ' }, invalid('steps.0.resources.node_type')),
  resources('an invisible name to hold alone', { exclusive: [''] }, invalid('steps.0.resources.exclusive.0')),
  resources('an unknown key', { gpus: 1 }, invalid('steps.0.resources.gpus')),
  resources(
    'more workers than the pool has',
    { max_workers: 11 },
    {
      code: 'RESOURCE_INSUFFICIENT',
      path: 'steps.0.resources.max_workers',
      says: /10/,
    },
  ),
  resources(
    'a node type that the pool lacks',
    { node_type: 'huge' },
    {
      code: 'RESOURCE_INSUFFICIENT',
      path: 'steps.0.resources.node_type',
      says: /small/,
    },
  ),
];
