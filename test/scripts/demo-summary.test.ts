import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { curl } from '../../scripts/demo/curl.ts';
import { describeValue } from '../../scripts/demo/describe-value.ts';
import { goesOn, summarize } from '../../scripts/demo/summary.ts';
import { runCommand } from '../../scripts/local/run-command.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';
import { namePath, tryPath } from '../../worker-node/artifacts/artifact-uri.ts';
import { temporaryFolder } from './temporary-folder.ts';

const ID = 'exec_01';
const URL = 'http://127.0.0.1:8787';
const metrics = { auc: 0.950_214_2, f1: 1 };
const address = { execution: ID, attempt: 1, step: 'Report', try: 2 };
const execution = {
  execution_id: ID,
  attempt: 1,
  status: 'completed',
  duration_seconds: 3.456,
  error: null,
  execution_url: 'http://127.0.0.1:18233/x',
  artifacts: [`artifact://${ID}/Report/pages/report.html`],
  step_details: [
    {
      id: 'Report',
      status: 'completed',
      tries: 2,
      output: { report: `artifact://${ID}/Report/pages/report.html`, metrics, rows: 7 },
    },
    { id: 'skipped', status: 'skipped', tries: 0, output: null },
  ],
} as unknown as Execution;
const gone = { url: URL, afterwards: 'gone', dataDir: '/nowhere' } as const;

function storedReport(): { dataDir: string; file: string } {
  const dataDir = temporaryFolder();
  const file = join(dataDir, 'artifacts', ...tryPath(address), ...namePath('pages/report.html'));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '<html>');
  return { dataDir, file };
}

test('the summary says where the files of the artifacts are', () => {
  const { dataDir, file } = storedReport();
  const lines = summarize(execution, { url: URL, afterwards: 'runs', dataDir }, {}).split('\n');
  expect(lines.slice(1, 12)).toEqual([
    'completed in 3.5 s: exec_01',
    'metrics',
    '  auc        0.950',
    '  f1         1.000',
    'outputs',
    '  Report  rows 7, metrics (auc 0.950, f1 1), report pages/report.html',
    `artifacts in ${join(dataDir, 'artifacts', ID)}`,
    `  ${relative(join(dataDir, 'artifacts', ID), file)}`,
    'report',
    `  ${file}`,
    'look at it again',
  ]);
});

test('below the folder of the command they are named from there, as it is typed', () => {
  const { dataDir, file } = storedReport();
  const before = process.env.INIT_CWD;
  onTestFinished(() => {
    if (before === undefined) delete process.env.INIT_CWD;
    else process.env.INIT_CWD = before;
  });
  process.env.INIT_CWD = dataDir;
  const text = summarize(execution, { url: URL, afterwards: 'runs', dataDir }, {});
  expect(text).toContain(`\nreport\n  ${relative(dataDir, file)}\n`);
});

test('artifacts whose stack is gone are named by their URIs', () => {
  const text = summarize(execution, gone, {});
  expect(text).toContain(`\nartifacts\n  artifact://${ID}/Report/pages/report.html\n`);
  expect(text).not.toContain('curl');
});

test('outputs fit a narrow terminal', () => {
  const lines = summarize(execution, gone, { columns: 40 }).split('\n');
  expect(lines).toContain('  Report  rows 7, metrics (auc 0.950, …');
});

test.each<[JsonValue, string]>([
  [0.000_012_34, '0.0000123'],
  [1_229_317, '1229317'],
  ['two\n\u001b[31mlines', 'two lines'],
  [[{ name: 'id', type: 'BIGINT' }, { name: 'age' }], '2 (id, age)'],
  [['a', 'b', 'c', 'd'], '4 (a, b, c, …)'],
  [[{ metric: 'auc' }, { metric: 'f1' }], '2'],
  [{ nested: { deep: 1 }, ok: true, none: null, list: [] }, 'ok true, none null, nested (deep 1), list 0'],
])('an output %j is shown as %s', (value, text) => {
  expect(describeValue(value)).toBe(text);
});

test('the printed curl commands work as they are, with the address and the key of the moment', async () => {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.end('answered');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const cwd = join(temporaryFolder(), "it's a project");
  mkdirSync(join(cwd, '.wf'), { recursive: true });
  const local = { url: `http://127.0.0.1:${port}`, api_key: 'wf_key' };
  writeFileSync(join(cwd, '.wf/local.json'), JSON.stringify(local));
  const run = async (command: string) => {
    expect(command).not.toContain('wf_key');
    return (await runCommand('sh', ['-c', command], { cwd })).output;
  };
  expect(await run(curl({ path: '/v1/a', localJson: '.wf/local.json' }))).toBe('answered');
  expect(await run(curl({ method: 'POST', path: '/v1/b', localJson: join(cwd, '.wf/local.json') }))).toBe('answered');
  expect(requests.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['GET', '/v1/a', 'Bearer wf_key'],
    ['POST', '/v1/b', 'Bearer wf_key'],
  ]);
});

test.each([
  [
    'kept',
    false,
    /^exec_01 goes on when npm start or npm run demo runs next\. To stop it instead, run npm start and then:\n/,
  ],
  ['runs', true, /^exec_01 goes on: the stack runs, and only the demo has left\. To stop it:\n/],
  [
    'runs',
    false,
    /^exec_01 goes on when the stack runs again, on the same data\. To stop it instead, start that and then:\n/,
  ],
] as const)(
  'a viewer that leaves is told what becomes of the execution: %s, answers: %s',
  (afterwards, answers, text) => {
    const said = goesOn(ID, { url: URL, afterwards, dataDir: temporaryFolder() }, answers);
    expect(said).toMatch(text);
    expect(said).toMatch(/\n {2}curl -s -X POST .*\/v1\/workflows\/executions\/exec_01\/stop"$/);
  },
);

test('a viewer that leaves is told when the execution is gone', () => {
  expect(goesOn(ID, gone, false)).toBe('exec_01 is gone with the stack that it ran on');
  expect(goesOn(ID, { ...gone, afterwards: 'runs' }, false)).toBe('exec_01 is gone with the stack that it ran on');
});
