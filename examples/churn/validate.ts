import { readFileSync, writeFileSync } from 'node:fs';
import { type Metrics, measure, rocCurve } from './metrics.ts';
import { type Model, predict } from './model.ts';
import { readCustomers } from './training-set.ts';

type Wf = typeof import('../../worker-node/plugins/node/wf.ts');

interface Input {
  /** Probability from which a customer counts as leaving. */
  decision_threshold: number;
  /** Least value of each metric; a model below any of them is refused. */
  quality_gate: Partial<Record<'auc' | 'precision' | 'recall' | 'f1', number>>;
}

/** Measures the model on customers that it has never seen, and refuses one that is not good enough. */
export function validate({ decision_threshold, quality_gate }: Input, wf: Wf) {
  const model: Model = JSON.parse(readFileSync(wf.files.model ?? '', 'utf8'));
  const customers = readCustomers(wf.files.training_set ?? '', 'holdout');
  const scored = customers.map((customer) => ({
    probability: predict(model, customer),
    churned: customer.churned === 1,
  }));
  const metrics = measure(scored, decision_threshold);
  const checks = checkAll(metrics, quality_gate);
  for (const { metric, value, minimum, passed } of checks) {
    wf.log(`${metric} ${value.toFixed(4)} ${passed ? 'reaches' : 'is below'} ${minimum}`, {}, passed ? 'INFO' : 'WARN');
  }
  writeFileSync('roc.json', JSON.stringify(rocCurve(scored)));
  const roc = wf.artifact('roc.json');

  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    const what = failed.map(
      ({ metric, value, minimum }) => `${metric} is ${value.toFixed(4)}, at least ${minimum} is required`,
    );
    throw new wf.Failure('QUALITY_GATE_FAILED', what.join('; '), { retryable: false, details: { metrics } });
  }
  return { passed: true, decision_threshold, holdout_rows: customers.length, metrics, checks, roc };
}

function checkAll(metrics: Metrics, gate: Input['quality_gate']) {
  return (['auc', 'precision', 'recall', 'f1'] as const).flatMap((metric) => {
    const minimum = gate[metric];
    return minimum === undefined
      ? []
      : [{ metric, value: metrics[metric], minimum, passed: metrics[metric] >= minimum }];
  });
}
