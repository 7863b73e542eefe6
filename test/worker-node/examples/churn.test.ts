import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../../worker-node/plugins/registry.ts';
import { type ExampleRun, readExample, runExample } from './run-example.ts';

describe('the churn example', () => {
  let dir: string;
  let run: ExampleRun;
  const registry = createRegistry({ cacheDir: tmpdir(), env: process.env });

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'wf-churn-'));
    run = await runExample(registry, { ...(await readExample('churn')), dir: join(dir, 'first') });
  }, 60_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('extracts every distinct customer once', () => {
    expect(run.outputs.data_extraction).toMatchObject({ records_extracted: 2850 });
  });

  it('holds out a stratified part that training never sees', async () => {
    const { artifact } = run.outputs.training_set as { artifact: string };
    const customers: { customer_id: number; split: string; churned: number }[] = JSON.parse(await run.read(artifact));
    const of = (split: string) => customers.filter((customer) => customer.split === split);
    const churn = (split: string) => of(split).filter(({ churned }) => churned === 1).length / of(split).length;
    expect(of('train').length + of('holdout').length).toBe(2850);
    expect(new Set(customers.map(({ customer_id }) => customer_id)).size).toBe(2850);
    expect(of('holdout').length / 2850).toBeCloseTo(0.3, 2);
    expect(churn('holdout')).toBeCloseTo(churn('train'), 2);
    expect(run.outputs.model_training).toMatchObject({ training_rows: of('train').length });
    expect(run.outputs.model_validation).toMatchObject({ holdout_rows: of('holdout').length });
  });

  it('passes its quality gate with metrics that are neither chance nor too good', () => {
    const { metrics } = run.outputs.model_validation as {
      metrics: Record<'auc' | 'precision' | 'recall' | 'f1', number>;
    };
    expect(metrics.auc).toBeGreaterThan(0.92);
    expect(metrics.auc).toBeLessThan(0.99);
    expect(metrics.f1).toBeCloseTo((2 * metrics.precision * metrics.recall) / (metrics.precision + metrics.recall), 10);
  });

  it('fails one step once, and no other', () => {
    expect(Object.entries(run.tries).filter(([, tries]) => tries > 1)).toEqual([['simulated_outage', 2]]);
  });

  it('writes a report', async () => {
    const { report } = run.outputs.report as { report: string };
    const page = await run.read(report);
    expect(page).toContain('<h1>Churn model</h1>');
    expect(page).not.toMatch(/undefined|NaN/);
  });

  it('answers the same again, and refuses the model when the gate is raised', { timeout: 60_000 }, async () => {
    const { definition, parameters } = await readExample('churn');
    const until = (step: string) => ({
      ...definition,
      steps: definition.steps.slice(0, definition.steps.findIndex(({ id }) => id === step) + 1),
    });
    const again = await runExample(registry, {
      definition: until('model_validation'),
      parameters,
      dir: join(dir, 'again'),
    });
    expect(again.outputs).toEqual(Object.fromEntries(Object.keys(again.outputs).map((id) => [id, run.outputs[id]])));

    const strict = runExample(registry, {
      definition,
      parameters: { ...parameters, min_auc: 0.999 },
      dir: join(dir, 'strict'),
    });
    await expect(strict).rejects.toMatchObject({
      code: 'QUALITY_GATE_FAILED',
      retryable: false,
      message: expect.stringMatching(/^auc is 0\.\d{4}, at least 0\.999 is required$/),
    });
  });
});
