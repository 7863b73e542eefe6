import { writeFileSync } from 'node:fs';
import LogisticRegression from 'ml-logistic-regression';
import { Matrix } from 'ml-matrix';
import { type Buckets, encode, type Model } from './model.ts';
import { type Customer, featureNames, readCustomers } from './training-set.ts';

type Wf = typeof import('../../worker-node/plugins/node/wf.ts');

interface Input {
  algorithm: Model['algorithm'];
  hyperparameters: { buckets: number; steps: number; learning_rate: number };
}

/** Trains on the training split alone, and stores the model. Nothing here is random: equal data make an equal model. */
export function train({ algorithm, hyperparameters }: Input, wf: Wf) {
  const customers = readCustomers(wf.files.training_set ?? '', 'train');
  const [first] = customers;
  if (!first) throw new wf.Failure('NO_TRAINING_DATA', 'the training split is empty', { retryable: false });
  const buckets = featureNames(first).map((name) => cutIntoBuckets(customers, name, hyperparameters.buckets));
  wf.log(`Training on ${customers.length} customers with ${buckets.length} features`);

  wf.progress(10, 'Fitting the model');
  const { steps: numSteps, learning_rate: learningRate } = hyperparameters;
  const regression = new LogisticRegression({ numSteps, learningRate });
  regression.train(
    new Matrix(customers.map((customer) => encode(buckets, customer))),
    Matrix.columnVector(customers.map(({ churned }) => churned)),
  );
  const [intercept = 0, ...weights] = regression.classifiers[0]?.weights.to1DArray() ?? [];
  const features = buckets.map((feature) => ({ ...feature, weights: weights.splice(0, feature.cuts.length) }));

  wf.progress(90, 'Storing the model');
  writeFileSync('model.json', JSON.stringify({ algorithm, intercept, features } satisfies Model, null, 2));
  const model = wf.artifact('model.json');
  return { algorithm, hyperparameters, training_rows: customers.length, features: features.length, model };
}

/** Buckets that hold about equally many of the training customers. */
function cutIntoBuckets(customers: readonly Customer[], name: string, count: number): Buckets {
  const values = customers.map((customer) => Number(customer[name])).sort((a, b) => a - b);
  const quantiles = Array.from(
    { length: count - 1 },
    (_, index) => values[Math.floor(((index + 1) * values.length) / count)],
  );
  return { name, cuts: [...new Set(quantiles)].filter((cut) => cut !== undefined) };
}
