import type { JsonValue } from '../../shared/schemas/json.ts';
import { oneLine } from './one-line.ts';

const NAMES = 3;

/** Whole numbers as they are, others with three decimals; three digits where those would be nothing. */
function describeNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) < 0.001 ? value.toPrecision(3) : value.toFixed(3);
}

const ARTIFACT = /^artifact:\/\/[^/]+\/[^/]+\//;

const isPlain = (value: JsonValue): boolean => typeof value !== 'object' || value === null;

/** An artifact by its name, all other text on one line. */
const describeText = (text: string): string => oneLine(text.replace(ARTIFACT, ''));

/** A terminal may cut a line: what is short comes first, and artifacts, which are listed anyway, last. */
function rank(value: JsonValue): number {
  if (typeof value === 'string' && ARTIFACT.test(value)) return 2;
  return isPlain(value) ? 0 : 1;
}

/** Lists are counted; what has a name, or is text, is named, the first few. */
function describeList(list: readonly JsonValue[]): string {
  const names = list.map((entry) => {
    const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : entry;
    return typeof name === 'string' ? describeText(name) : null;
  });
  if (list.length === 0 || names.includes(null)) return String(list.length);
  return `${list.length} (${names.slice(0, NAMES).join(', ')}${list.length > NAMES ? ', …' : ''})`;
}

/** JSON for a person, on one line: `rows 2850, metrics (auc 0.950, f1 0.735), columns 15 (id, name, age, …)`. */
export function describeValue(value: JsonValue): string {
  if (typeof value === 'number') return describeNumber(value);
  if (typeof value === 'string') return describeText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return describeList(value);
  const fields = Object.entries(value).sort(([, a], [, b]) => rank(a) - rank(b));
  return fields
    .map(([name, field]) => {
      const text = describeValue(field);
      return `${oneLine(name)} ${isPlain(field) || Array.isArray(field) ? text : `(${text})`}`;
    })
    .join(', ');
}
