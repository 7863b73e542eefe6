import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { runOperation } from '../run-operation.ts';
import { dir, extractData, projectDir, run, write } from './project.ts';

describe('duckdb.extract_data', () => {
  it.each(['csv', 'json', 'parquet'])(
    'stores and counts what a PIVOT gives as %s, with bindings before it',
    async (format) => {
      const artifacts = createArtifactStore({ dir: join(dir, 'extract') }).forTry({
        ...{ execution: 'exec_test', attempt: 1, step: format, try: 1 },
      });
      const source = await write('sales.csv', 'c,y,n\nNL,2000,1\nNL,2010,2\nUS,2000,3\n');
      const sql = 'CREATE TABLE t AS SELECT * FROM s WHERE n >= $least; PIVOT t ON y USING sum(n) ORDER BY c';
      const config = { sql, inputs: { s: source }, bindings: { least: 2 }, output_format: format };
      const answer = await runOperation(extractData, config, { projectDir, artifacts });
      expect(answer).toMatchObject({ records_extracted: 2 });
      const back = await run(
        { sql: 'FROM r', inputs: { r: `artifact://exec_test/${format}/data.${format}` } },
        { artifacts },
      );
      expect(back.rows).toEqual([
        { c: 'NL', '2000': null, '2010': 2 },
        { c: 'US', '2000': 3, '2010': null },
      ]);
      await artifacts.dispose();
    },
  );
});
