import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Execution } from '../../shared/schemas/execution.ts';
import { isCompletedExecution } from '../../shared/schemas/execution-status.ts';
import { executionFolder } from '../../worker-node/artifacts/artifact-uri.ts';
import { type Connected, LOCAL_JSON } from '../local/project-stack.ts';
import { userPath } from '../local/user-path.ts';
import { artifactFiles } from './artifact-files.ts';
import { curl } from './curl.ts';
import { describeValue } from './describe-value.ts';
import { cut, oneLine } from './one-line.ts';

type Left = Pick<Connected, 'url' | 'afterwards' | 'dataDir'>;

/** Width of a line of outputs where there is no terminal. */
const OUTPUT_WIDTH = 160;

const pathOf = (executionId: string): string => `/v1/workflows/executions/${executionId}`;
const localJson = (): string => userPath(LOCAL_JSON);

/** The metrics that the last step which has any reports: `metrics: {auc: 0.95, …}` in its output. */
function metricsOf({ step_details }: Execution): [string, number][] {
  const found = step_details.map(({ output }) =>
    typeof output === 'object' && output !== null && 'metrics' in output ? output.metrics : null,
  );
  const last = found.findLast((metrics) => typeof metrics === 'object' && metrics !== null) ?? {};
  return Object.entries(last).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
}

function metricLines(execution: Execution): string[] {
  const metrics = metricsOf(execution);
  return metrics.length === 0
    ? []
    : ['metrics', ...metrics.map(([name, value]) => `  ${oneLine(name).padEnd(10)} ${value.toFixed(3)}`)];
}

/** Files below their folder, and pages by their whole path; URIs where the files are not at hand. */
function artifactLines(execution: Execution, { dataDir }: Left): string[] {
  const { execution_id, artifacts } = execution;
  if (artifacts.length === 0) return [];
  const store = join(dataDir ?? '', 'artifacts');
  const files = dataDir === null ? null : artifactFiles(execution, store);
  if (files === null) return ['artifacts', ...artifacts.map((uri) => `  ${uri}`)];
  const folder = join(store, executionFolder(execution_id));
  const pages = files.filter((file) => file.endsWith('.html'));
  return [
    `artifacts in ${userPath(folder)}`,
    ...files.map((file) => `  ${relative(folder, file)}`),
    ...(pages.length > 0 ? ['report', ...pages.map((file) => `  ${userPath(file)}`)] : []),
  ];
}

function outputLines({ step_details }: Execution, width: number): string[] {
  const outputs = step_details.filter(({ output }) => output !== undefined && output !== null);
  if (outputs.length === 0) return [];
  const idWidth = Math.max(...outputs.map(({ id }) => id.length));
  return [
    'outputs',
    ...outputs.map(({ id, output = null }) => cut(`  ${id.padEnd(idWidth)}  ${describeValue(output)}`, width)),
  ];
}

function whereToLook({ execution_id, execution_url }: Execution, { url, afterwards }: Left): string[] {
  if (afterwards === 'gone') return ['its stack is gone, and with it the files'];
  const path = pathOf(execution_id);
  return [
    afterwards === 'kept' ? 'look at it again after npm start' : 'look at it again',
    `  ${url}${path}`,
    ...(execution_url ? [`  ${execution_url}`] : []),
    `  ${curl({ path, localJson: localJson() })}`,
  ];
}

/** How an execution ended, for people: duration, metrics, artifacts, outputs, and where to look at it again. */
export function summarize(execution: Execution, left: Left, { columns }: { columns?: number }): string {
  const { status, duration_seconds, execution_id, error } = execution;
  const lines = [
    '',
    `${status}${duration_seconds === null ? '' : ` in ${duration_seconds.toFixed(1)} s`}: ${execution_id}`,
    ...(error ? [`  ${error.step_id ?? 'execution'}: ${error.code}: ${oneLine(error.message)}`] : []),
    ...metricLines(execution),
    ...outputLines(execution, columns ? columns - 1 : OUTPUT_WIDTH),
    ...artifactLines(execution, left),
    ...whereToLook(execution, left),
    ...(isCompletedExecution(status) ? [] : ['', `The example did not complete: its status is ${status}.`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** What becomes of an execution that its viewer leaves; `answers`: its stack still does. */
export function goesOn(executionId: string, { afterwards, dataDir }: Left, answers: boolean): string {
  if (afterwards === 'gone' || (dataDir !== null && !existsSync(dataDir)))
    return `${executionId} is gone with the stack that it ran on`;
  const stop = curl({ method: 'POST', path: `${pathOf(executionId)}/stop`, localJson: localJson() });
  if (afterwards === 'kept')
    return `${executionId} goes on when npm start or npm run demo runs next. To stop it instead, run npm start and then:\n  ${stop}`;
  return answers
    ? `${executionId} goes on: the stack runs, and only the demo has left. To stop it:\n  ${stop}`
    : `${executionId} goes on when the stack runs again, on the same data. To stop it instead, start that and then:\n  ${stop}`;
}
