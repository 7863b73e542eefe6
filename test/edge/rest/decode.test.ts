import { expect, it } from 'vitest';
import { z } from 'zod';
import { createInputReader } from '../../../edge/rest/decode.ts';

const read = createInputReader(z.strictObject({ tags: z.array(z.string()).optional(), limit: z.int().optional() }));
const query = (parameters: string | string[][]) => ({
  path: {},
  query: new URLSearchParams(parameters),
  body: undefined,
});

it('puts together what a list is given as, in order, whatever stands between', () => {
  expect(read(query('tags=a,b&limit=5&tags=c'))).toEqual({ tags: ['a', 'b', 'c'], limit: 5 });
});

it('looks at each parameter once, however many there are, and tells of no more than the most important', () => {
  const strange = Array.from({ length: 100_000 }, (_, i) => [`p${i}`, `${i}`]);
  expect(() => read(query(strange))).toThrow('p0');
});
