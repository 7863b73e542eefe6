import { readFileSync, writeFileSync } from 'node:fs';
import type { Metrics } from './metrics.ts';
import type { Model } from './model.ts';

type Wf = typeof import('../../worker-node/plugins/node/wf.ts');

interface Input {
  extraction: { records_extracted: number; file_size_mb: number };
  training: { training_rows: number; hyperparameters: Record<string, number> };
  validation: {
    holdout_rows: number;
    decision_threshold: number;
    metrics: Metrics;
    checks: { metric: string; value: number; minimum: number }[];
  };
}

/** Writes a page that stands alone: metrics, quality gate, ROC curve and what the model looks at most. */
export function report({ extraction, training, validation }: Input, wf: Wf) {
  const model: Model = JSON.parse(readFileSync(wf.files.model ?? '', 'utf8'));
  const roc: [number, number][] = JSON.parse(readFileSync(wf.files.roc ?? '', 'utf8'));
  const { metrics, checks } = validation;
  const strongest = model.features
    .map(({ name, weights }) => ({ name, spread: Math.max(0, ...weights) - Math.min(0, ...weights) }))
    .sort((a, b) => b.spread - a.spread)
    .slice(0, 10);

  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Churn model</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; color: #1c2530 }
  table { border-collapse: collapse; margin: 1rem 0 } td, th { padding: .25rem 1.5rem .25rem 0; text-align: left; border-bottom: 1px solid #d9dfe5 }
  svg { width: 20rem; border: 1px solid #d9dfe5 } polyline { fill: none; stroke: #2563c9; stroke-width: .01 } line { stroke: #9aa6b2; stroke-width: .004 }
</style>
<h1>Churn model</h1>
<p>Execution ${escapeHtml(wf.job.execution_id)}: ${extraction.records_extracted} customers, ${training.training_rows} of them to train on and ${validation.holdout_rows} held out.
All figures below are measured on the customers held out, at a decision threshold of ${validation.decision_threshold}.</p>
${table(
  ['Metric', 'Value', 'Quality gate'],
  checks.map(({ metric, value, minimum }) => [metric, value.toFixed(4), `at least ${minimum}`]),
)}
${table(
  ['', 'Left', 'Stayed'],
  [
    ['Predicted to leave', metrics.confusion.true_positives, metrics.confusion.false_positives],
    ['Predicted to stay', metrics.confusion.false_negatives, metrics.confusion.true_negatives],
  ],
)}
<h2>ROC curve (area ${metrics.auc.toFixed(4)})</h2>
<svg viewBox="0 0 1 1" role="img" aria-label="ROC curve"><line x1="0" y1="1" x2="1" y2="0"/><polyline points="${roc.map(([x, y]) => `${x.toFixed(4)},${(1 - y).toFixed(4)}`).join(' ')}"/></svg>
<h2>Strongest features</h2>
${table(
  ['Feature', 'Spread of its log-odds'],
  strongest.map(({ name, spread }) => [name, spread.toFixed(3)]),
)}
</html>
`;
  writeFileSync('report.html', page);
  return { report: wf.artifact('report.html'), metrics };
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;
  return `<table>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
