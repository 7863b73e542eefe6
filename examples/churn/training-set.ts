import { readFileSync } from 'node:fs';

/** One customer of the training set: ids, the split and the label, and the features under all other names. */
export type Customer = { customer_id: number; split: 'train' | 'holdout'; churned: number } & Record<
  string,
  number | string
>;

const NOT_FEATURES = new Set(['customer_id', 'split', 'churned']);

export function readCustomers(path: string, split: Customer['split']): Customer[] {
  const customers: Customer[] = JSON.parse(readFileSync(path, 'utf8'));
  return customers.filter((customer) => customer.split === split);
}

export function featureNames(customer: Customer): string[] {
  return Object.keys(customer).filter((name) => !NOT_FEATURES.has(name));
}
