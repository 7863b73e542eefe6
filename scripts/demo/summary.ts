import type { Execution } from '../../shared/schemas/execution.ts';
import { isCompletedExecution } from '../../shared/schemas/execution-status.ts';
import type { Connected } from '../local/project-stack.ts';

const OUTPUT_WIDTH = 160;

const shorten = (text: string): string => (text.length > OUTPUT_WIDTH ? `${text.slice(0, OUTPUT_WIDTH)} …` : text);

/** The metrics that the last step which has any reports: `metrics: {auc: 0.95, …}` in its output. */
function metricsOf({ step_details }: Execution): [string, number][] {
  const found = step_details.map(({ output }) =>
    typeof output === 'object' && output !== null && 'metrics' in output ? output.metrics : null,
  );
  const last = found.findLast((metrics) => typeof metrics === 'object' && metrics !== null) ?? {};
  return Object.entries(last).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
}

/** How an execution ended, for people: duration, metrics, artifacts, outputs, and where to look at it again. */
export function summarize(execution: Execution, { url, afterwards }: Pick<Connected, 'url' | 'afterwards'>): string {
  const { status, duration_seconds, execution_id, error, artifacts, step_details, execution_url } = execution;
  const outputs = step_details.filter(({ output }) => output !== undefined && output !== null);
  const lines = [
    '',
    `${status}${duration_seconds === null ? '' : ` in ${duration_seconds.toFixed(1)} s`}: ${execution_id}`,
    ...(error ? [`  ${error.step_id ?? 'execution'}: ${error.code}: ${error.message}`] : []),
    ...metricsOf(execution).map(
      ([name, value], index) => `${index === 0 ? 'metrics\n' : ''}  ${name.padEnd(10)} ${value.toFixed(3)}`,
    ),
    ...(artifacts.length > 0 ? ['artifacts', ...artifacts.map((uri) => `  ${uri}`)] : []),
    ...(outputs.length > 0 ? ['outputs'] : []),
    ...outputs.map(({ id, output }) => `  ${id}  ${shorten(JSON.stringify(output))}`),
    ...(afterwards === 'gone' ? [] : [afterwards === 'kept' ? 'look at it again after npm start' : 'look at it again']),
    ...(afterwards === 'gone' ? [] : [`  ${url}/v1/workflows/executions/${execution_id}`, `  ${execution_url ?? ''}`]),
    ...(isCompletedExecution(status) ? [] : ['', `The example did not complete: its status is ${status}.`]),
  ];
  return `${lines.join('\n')}\n`;
}
