import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore, type TryArtifacts } from '../../../../worker-node/artifacts/artifact-store.ts';
import { runOperation } from '../run-operation.ts';
import { dir, extractData, projectDir, run } from './project.ts';

const sql = "SELECT 1::UHUGEINT AS h, '01' AS t, 1.50::DECIMAL(5,2) AS d, '2024-01-02 10:00:00+02'::TIMESTAMPTZ AS z";
const TYPES = ['UHUGEINT', 'VARCHAR', 'DECIMAL(5,2)', 'TIMESTAMP WITH TIME ZONE'];

let artifacts: TryArtifacts;
beforeAll(() => {
  artifacts = createArtifactStore({ dir: join(dir, 'own') }).forTry({
    ...{ execution: 'exec_test', attempt: 1, step: 's', try: 1 },
  });
});
afterAll(() => artifacts.dispose());

const store = async (name: string, format?: string) => {
  await run({ sql, output: { name, ...(format !== undefined && { format }) } }, { artifacts });
  return `artifact://exec_test/s/${name}`;
};
const typesOf = async (input: string | JsonObject) => {
  const { columns } = await run({ sql: 'FROM r', inputs: { r: input } }, { artifacts });
  return (columns as JsonObject[]).map(({ type }) => type);
};

describe('files that duckdb wrote', () => {
  it.each([
    ['n.csv', undefined],
    ['n.tsv', 'csv'],
    ['n.json', 'csv'],
    ['n2.csv', 'json'],
    ['n.csv.gz', 'csv'],
    ['n.json.gz', 'json'],
    ['n.parquet', 'json'],
    ['plain', 'parquet'],
  ])('are of the format that they were written in, whatever their name is: %s', async (name, format) => {
    expect(await typesOf(await store(name, format))).toEqual(TYPES);
  });

  it.each(['csv', 'json', 'parquet'])('keep their types with options that change nothing, in %s', async (format) => {
    const source = await store(`o.${format}`, format);
    expect(await typesOf({ source, options: {} })).toEqual(TYPES);
    expect(await typesOf({ source, format, options: {} })).toEqual(TYPES);
    expect(await typesOf({ source, options: { types: { h: 'INTEGER', t: 'SMALLINT' } } })).toEqual([
      'INTEGER',
      'SMALLINT',
      'DECIMAL(5,2)',
      'TIMESTAMP WITH TIME ZONE',
    ]);
  });

  it.each([
    [{ types: { d: 'INTEGER' } }, '"d": 1.50 does not fit'],
    [{ types: { z: 'DATE' } }, 'zone'],
    [{ types: { x: 'DATE' } }, 'names the column "x"'],
    [{ all_text: true }, '`all_text`'],
    [{ delimiter: ';' }, '`delimiter`'],
  ] as [JsonObject, string][])('are refused with %j', async (options, words) => {
    const source = await store('refused.csv', 'csv');
    await expect(typesOf({ source, options })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      retryable: false,
      message: expect.stringContaining(words),
    });
  });

  it('are read as another format where an input says so', async () => {
    const source = await store('text.csv', 'csv');
    const { columns } = await run(
      { sql: 'FROM r', inputs: { r: { source, format: 'tsv', options: { header: false } } } },
      { artifacts },
    );
    expect(columns).toEqual([{ name: 'column0', type: 'VARCHAR' }]);
  });

  it('are extracted from inputs with options', async () => {
    const source = await store('typed.csv', 'csv');
    const config = {
      sql: 'SELECT t + 1 AS t FROM r',
      inputs: { r: { source, options: { types: { t: 'INTEGER' } } } },
      output_format: 'csv',
    };
    expect(await runOperation(extractData, config, { projectDir, artifacts })).toMatchObject({
      records_extracted: 1,
      columns: [{ name: 't', type: 'INTEGER' }],
    });
  });
});
