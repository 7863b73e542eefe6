/** How an answer differs from a documented example: keys that are missing, values of another type. */
export function differences(
  example: unknown,
  answer: unknown,
  isNullable: (path: string) => boolean,
  path = '',
): string[] {
  if (answer === undefined) return [`${path} is missing`];
  if (answer === null && example !== null) return isNullable(path) ? [] : [`${path} is null`];
  if (kindOf(example) !== kindOf(answer)) return [`${path} is ${kindOf(answer)}, not ${kindOf(example)}`];
  if (Array.isArray(example) && Array.isArray(answer))
    return example.flatMap((item, i) =>
      i < answer.length || typeof item === 'object' ? differences(item, answer[i], isNullable, `${path}.${i}`) : [],
    );
  if (typeof example === 'object' && example !== null)
    return Object.entries(example).flatMap(([key, value]) =>
      differences(value, (answer as Record<string, unknown>)[key], isNullable, path === '' ? key : `${path}.${key}`),
    );
  return isTime(example) && !isTime(answer) ? [`${path} is no time`] : [];
}

const kindOf = (value: unknown) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

const isTime = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(value);
