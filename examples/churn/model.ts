import type { Customer } from './training-set.ts';

/** A feature cut into buckets; `cuts` are the upper bounds of all buckets but the last. */
export interface Buckets {
  name: string;
  cuts: number[];
}

/** A scorecard, as model.json holds it: the log-odds of leaving are the intercept and one weight per feature, by bucket. */
export interface Model {
  algorithm: 'logistic_regression';
  intercept: number;
  /** `weights` has one entry per bucket but the first, which the others are compared with. */
  features: (Buckets & { weights: number[] })[];
}

/** A customer as the regression sees it: 1 for the intercept, then per feature and bucket but the first 1 or 0. */
export function encode(features: readonly Buckets[], customer: Customer): number[] {
  return [
    1,
    ...features.flatMap(({ name, cuts }) => {
      const bucket = cuts.filter((cut) => Number(customer[name]) > cut).length;
      return cuts.map((_, index) => (bucket === index + 1 ? 1 : 0));
    }),
  ];
}

/** Probability that the customer leaves. */
export function predict(model: Model, customer: Customer): number {
  const weights = [model.intercept, ...model.features.flatMap((feature) => feature.weights)];
  const score = encode(model.features, customer).reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0);
  return 1 / (1 + Math.exp(-score));
}
