import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findInterpreter } from '../../worker-node/plugins/python/interpreter.ts';
import { startChild } from '../scripts/child.ts';
import { projectCopy } from '../scripts/project-copy.ts';
import { whenUp } from './running-stack.ts';

const PYTHON = `
import datetime, json, sys
def go(input):
    return {"year": datetime.datetime(2026, 1, 1).year, "é": open(sys.argv[0]).readable()}
`;
const python = await findInterpreter(process.env);
const skipped = 'absent' in python ? ` (without steps of python: ${python.absent})` : '';

test.each([
  ['Python', { PYTHONHOME: '/nowhere', PYTHONPATH: '/nowhere', PYTHONSAFEPATH: '1', VIRTUAL_ENV: '/nowhere' }, '022'],
  ['Node', { NODE_ENV: 'production', NODE_OPTIONS: '--no-addons --throw-deprecation', NODE_PATH: '/nowhere' }, '022'],
  ['time and language', { TZ: 'Nowhere/Land', LC_ALL: 'xx_YY.ISO-8859-1', LANG: 'C' }, '077'],
  ['files', { PIP_USER: '1', PIP_TARGET: '/nowhere' }, '0777'],
])(`npm start works with odd settings of %s${skipped}`, async (_, env, umask) => {
  const project = projectCopy({ parts: 'real', env });
  mkdirSync(join(project.root, 'steps'));
  writeFileSync(join(project.root, 'steps/p.py'), PYTHON);
  writeFileSync(join(project.root, 'steps/none.txt'), '# nothing\n');
  const command = `umask ${umask}; exec npm start -- --port 0 --data-dir ${join(project.root, '.wf/odd')}`;
  const child = startChild('/bin/sh', ['-c', command], { cwd: project.root, env: project.env });
  const stack = await whenUp(project, child);
  const config = { script: 'steps/p.py', function: 'go', requirements: 'steps/none.txt' };
  const steps = [
    {
      id: 'sql',
      plugin: 'duckdb',
      operation: 'query',
      config: { sql: "SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' AS at" },
    },
    ...('absent' in python ? [] : [{ id: 'py', plugin: 'python', operation: 'script', config }]),
  ];
  const execution = await stack.execute(steps);
  expect(execution.step_details.map(({ error }) => error ?? null)).toEqual(steps.map(() => null));
  expect(execution.status).toBe('completed');
  expect(await stack.stop()).toBe(0);
});
