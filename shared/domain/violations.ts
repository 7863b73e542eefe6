import { z } from 'zod';
import { type ErrorCode, PRECEDENCE, type Violation } from '../errors.ts';
import { clip } from './clip.ts';
import { DURATION_PATTERN, DURATION_RULE } from './duration.ts';
import { durationMessage } from './duration-meant.ts';
import { createSuggester, didYouMean, listNames } from './nearest.ts';
import { branchAt, schemaAt, valueAt } from './schema-at.ts';

/** Violations that one check reports at most: an answer to a person, not a dump of a hostile body. */
export const MAX_VIOLATIONS = 1_000;
/** UTF-16 units of a user's own text that a message or path repeats. */
const SHOWN_UNITS = 100;

/** A user's own text inside a message: quoted as JSON (so control characters show) and cut when long. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** A step in a message; one whose id cannot be read (null) is told by the path alone. */
export const stepName = (id: string | null): string => (id === null ? 'the step' : `step ${quote(id)}`);

function shorten(text: string): string {
  return clip(text, SHOWN_UNITS, '…');
}

/** The violations that one answer reports: at most 1,000, and those first whose code decides what the answer is. */
export function mostImportant(violations: readonly Violation[]): Violation[] {
  const codes: readonly ErrorCode[] = PRECEDENCE;
  return [...violations].sort((a, b) => codes.indexOf(a.code) - codes.indexOf(b.code)).slice(0, MAX_VIOLATIONS);
}

/** Dotted path of a value: `['steps', 2, 'id']` → `steps.2.id`. */
export function joinPath(...parts: readonly PropertyKey[]): string {
  return parts
    .map((part) => shorten(String(part)))
    .filter((part) => part !== '')
    .join('.');
}

/**
 * Says of names that none is known by what they should be, the nearest known one, and which are known. `kind` is what they
 * name (`key`); `known` is null when nobody can say.
 */
export function unknownNameMessages(kind: string, known: readonly string[] | null): (name: string) => string {
  const suggest = createSuggester(known ?? []);
  const list = known === null ? '' : listNames(known);
  return (name) => `unknown ${kind} ${quote(name)}${didYouMean(suggest(name))}${list}`;
}

/**
 * Says in plain words what a schema refused. `schema` is the one that refused it; with it, unknown keys are answered
 * with the known ones; `value` is what it refused, and tells the branches of a union apart. `prefix` is put before every path.
 */
export function toViolations(
  { issues, value }: Pick<z.core.$ZodError, 'issues'> & { value?: unknown },
  schema: z.core.$ZodType,
  prefix = '',
): Violation[] {
  return issues
    .slice(0, MAX_VIOLATIONS)
    .flatMap((issue) => issueViolations({ issue, value }, schema, prefix))
    .slice(0, MAX_VIOLATIONS);
}

function issueViolations(
  { issue, value }: { issue: z.core.$ZodIssue; value: unknown },
  schema: z.core.$ZodType,
  prefix: string,
): Violation[] {
  const violation = (message: string, ...key: string[]): Violation => ({
    code: 'VALIDATION_ERROR',
    path: joinPath(prefix, ...issue.path, ...key),
    message,
  });
  if (issue.code === 'invalid_union') {
    const union = { schema: schemaAt(schema, issue.path, value), value: valueAt(value, issue.path) };
    const near = nearestBranch(issue, union, joinPath(prefix, ...issue.path));
    if (near !== null) return near;
  }
  if (issue.code !== 'unrecognized_keys') {
    const message = issueMessage(issue);
    const isOfDuration = message === DURATION_RULE || wantsDuration(schema, issue, value);
    return [violation(isOfDuration ? durationMessage(valueAt(value, issue.path)) : message)];
  }
  const owner = branchAt(schema, issue.path, value);
  const known = owner instanceof z.core.$ZodObject ? Object.keys(owner._zod.def.shape) : null;
  const message = unknownNameMessages('key', known);
  return issue.keys.slice(0, MAX_VIOLATIONS).map((key) => violation(message(key), key));
}

/**
 * What the one branch of a union says that the value is meant for: its type and its literals (`format: "csv"`) are right. Null
 * when there is no such branch, or several.
 */
function nearestBranch(
  { errors }: z.core.$ZodIssueInvalidUnion,
  { schema: union, value }: { schema: z.core.$ZodType | null; value: unknown },
  path: string,
): Violation[] | null {
  if (!(union instanceof z.core.$ZodUnion)) return null;
  const objects = errors.flatMap((issues, index) => (issues.every((inner) => !isOtherType(inner)) ? [index] : []));
  const near = objects.filter((index) => !errors[index]?.some(isOtherLiteral));
  const [only] = near;
  const branch = only === undefined ? undefined : union._zod.def.options[only];
  if (only !== undefined && branch !== undefined && near.length === 1)
    return toViolations({ issues: [...(errors[only] ?? [])], value }, branch, path);
  if (near.length > 0 || objects.length < 2) return null;
  const literals = objects.flatMap((index) => errors[index]?.find((inner) => inner.code === 'invalid_value') ?? []);
  const [first] = literals;
  if (first === undefined || literals.some((inner) => joinPath(...inner.path) !== joinPath(...first.path))) return null;
  const values = literals.flatMap((inner) => inner.values.map(String));
  const message = `must be one of ${values.join(', ')}`;
  return [{ code: 'VALIDATION_ERROR', path: joinPath(path, ...first.path), message }];
}

/** Whether what was refused should have been a duration, or null. */
function wantsDuration(schema: z.core.$ZodType, issue: z.core.$ZodIssue, value: unknown): boolean {
  const isOtherType = issue.code === 'invalid_type' && issue.expected === 'string';
  if (!isOtherType && issue.code !== 'invalid_union') return false;
  const wanted = schemaAt(schema, issue.path, value);
  if (wanted instanceof z.core.$ZodUnion)
    return wanted._zod.def.options.every((option) => option instanceof z.core.$ZodNull || isDuration(option));
  return wanted !== null && valueAt(value, issue.path) !== undefined && isDuration(wanted);
}

const isDuration = (schema: z.core.$ZodType): boolean =>
  z.toJSONSchema(schema, { unrepresentable: 'any' }).pattern === DURATION_PATTERN;

const isOtherType = ({ code, path }: z.core.$ZodIssue) => code === 'invalid_type' && path.length === 0;

/** Whether a branch is for another value of a key that tells branches apart. */
function isOtherLiteral(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'never';
  return issue.code === 'invalid_value' && issue.values.length === 1;
}

/** Violations in one line: the first, and how many more there are. */
export function summarizeViolations([first, ...more]: readonly Violation[]): string {
  const where = first?.path ? `${first.path}: ` : '';
  return `${where}${first?.message}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}

/** The message for one issue of zod, without its path. */
function issueMessage(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue);
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return issue.minimum === 1 && issue.origin === 'string' ? 'must not be empty' : `must ${sizeMessage(issue)}`;
    case 'too_big':
      return `must ${sizeMessage(issue)}`;
    case 'invalid_format':
      return formatMessage(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.slice(0, 10).map(quote).join(', ')}`;
    case 'invalid_union':
      return unionMessage(issue);
    case 'invalid_key':
      return 'is not a valid key';
    case 'invalid_element':
    case 'custom':
      return issue.message;
    default:
      return issue satisfies never;
  }
}

function typeMessage(issue: z.core.$ZodIssueInvalidType): string {
  // zod leaves the value itself out of its issues (it may be secret), so what was there is read from its message.
  const received = /received (\w+)$/.exec(issue.message)?.[1];
  if (received === 'undefined') return 'is required';
  if (issue.expected === 'int') return 'must be an integer';
  const expected = issue.expected === 'record' ? 'object' : issue.expected;
  const article = /^[aeiou]/.test(expected) ? 'an' : 'a';
  return `must be ${article} ${expected}${received === undefined ? '' : `, not ${received}`}`;
}

function formatMessage({ format, pattern, message }: z.core.$ZodIssueInvalidStringFormat): string {
  // A config's schema was announced as JSON Schema, which has no messages of its own.
  if (pattern === String(new RegExp(DURATION_PATTERN))) return DURATION_RULE;
  if (format === 'email') return 'must be an e-mail address';
  return /^Invalid /.test(message) && pattern !== undefined ? `must match the pattern ${pattern}` : message;
}

function sizeMessage(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [limit, least] = issue.code === 'too_small' ? [issue.minimum, true] : [issue.maximum, false];
  const bound = least ? 'at least' : 'at most';
  switch (issue.origin) {
    case 'string':
      return `have ${bound} ${limit} ${limit === 1 ? 'character' : 'characters'}`;
    case 'array':
    case 'set':
      return `have ${bound} ${limit} ${limit === 1 ? 'item' : 'items'}`;
    case 'object':
    case 'map':
      return `have ${bound} ${limit} ${limit === 1 ? 'key' : 'keys'}`;
    default:
      return `be ${issue.inclusive === false ? (least ? 'above' : 'below') : bound} ${limit}`;
  }
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const firstOf = (branch: readonly z.core.$ZodIssue[]) =>
    branch.slice(0, 1).map((inner) => `${joinPath(...inner.path)} ${issueMessage(inner)}`.trim());
  const messages = new Set(issue.errors.flatMap(firstOf));
  return messages.size === 0 ? issue.message : [...messages].join(', or ');
}
