import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { dir, projectDir, run } from './project.ts';

describe('node.script with a function', () => {
  it('answers what the function returns', async () => {
    const source = 'export const add = async ({ a, b }: { a: number; b: number }): Promise<number> => a + b;';
    expect(await run(source, { extension: 'ts', function: 'add', input: { a: 1, b: 2 } })).toBe(3);
  });

  it('hands over the execution, the step and the files', async () => {
    const store = createArtifactStore({ dir: join(dir, 'store') });
    const artifacts = store.forTry({ execution: 'exec_test', attempt: 1, step: 'earlier', try: 1 });
    await writeFile(join(projectDir, 'data.txt'), 'from the project');
    const { uri } = await artifacts.put('in.txt', join(projectDir, 'data.txt'));
    const source = `
      import { readFileSync } from 'node:fs';
      export default undefined;
      export function read(input, wf) {
        const texts = Object.values(wf.files).map((path) => readFileSync(path, 'utf8'));
        return { ...wf.job, files: texts, workdir: process.cwd() === wf.job.workdir };
      }`;
    expect(
      await run(source, { function: 'read', files: { a: uri, b: 'data.txt' } }, { try: 3, artifacts }),
    ).toMatchObject({
      execution_id: 'exec_test',
      workflow_id: 'wf_test',
      step_id: 'step',
      try: 3,
      input: {},
      files: ['from the project', 'from the project'],
      workdir: true,
    });
    await artifacts.dispose();
  });

  it('answers {} when the function returns nothing', async () => {
    expect(await run('export function f() {}', { function: 'f' })).toEqual({});
  });

  it('names the functions that there are when it is told another', async () => {
    await expect(run('export function train() {}', { function: 'tran' })).rejects.toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      retryable: false,
      message: expect.stringContaining('"tran"; did you mean "train"? (it exports: train)'),
    });
  });

  it('fails with the message of what the function throws', async () => {
    await expect(
      run("export function f() { throw new TypeError('bad row 7'); }", { function: 'f' }),
    ).rejects.toMatchObject({
      code: 'SCRIPT_FAILED',
      retryable: true,
      message: 'TypeError: bad row 7',
      details: { exit_code: 1, stderr: expect.stringContaining('at f') },
    });
  });

  it('fails with the code of a Failure', async () => {
    const source = `
      import { Failure } from 'wf';
      export function f() { throw new Failure('QUALITY_GATE_FAILED', 'auc 0.4', { retryable: false, details: { auc: 0.4 } }); }`;
    await expect(run(source, { function: 'f' })).rejects.toMatchObject({
      code: 'QUALITY_GATE_FAILED',
      message: 'auc 0.4',
      retryable: false,
      details: { auc: 0.4 },
    });
  });
});
