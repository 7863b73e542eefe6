import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../shared/limits.ts';
import type { StepResult } from '../../../shared/schemas/update.ts';
import { packRecord, unpackRecord } from '../../../worker-node/workflows/chain-state.ts';
import { createCountingTries } from '../../../worker-node/workflows/counting-tries.ts';
import { decideRetry } from '../../../worker-node/workflows/decide-retry.ts';
import { resultPages } from '../../../worker-node/workflows/final-result.ts';
import { createInlineBudget, REFERENCE_BYTES } from '../../../worker-node/workflows/inline-budget.ts';
import { chunkBySize, jsonBytes } from '../../../worker-node/workflows/json-size.ts';
import { createReadySet } from '../../../worker-node/workflows/ready-set.ts';
import { createStepInputs } from '../../../worker-node/workflows/step-input.ts';
import { emptyResult, newRecord, type StepRecord } from '../../../worker-node/workflows/step-record.ts';
import { mergeStop, TIMED_OUT, UNTOLD } from '../../../worker-node/workflows/stop-request.ts';
import { payloadOf, planOf } from '../engine/plans.ts';

/** A DAG: each step depends on some before it. */
const dag = fc.array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 40 }).map((rows) =>
  rows.map((row, index) => ({
    id: `s${index}`,
    depends_on: index === 0 ? [] : [...new Set(row.map((n) => `s${n % index}`))],
  })),
);

describe('the ready set', () => {
  test('gives every step of a DAG once, after its dependencies', () => {
    fc.assert(
      fc.property(dag, (steps) => {
        const ready = createReadySet(steps);
        const done = new Set<string>();
        for (let index = ready.take(); index !== undefined; index = ready.take()) {
          const step = steps[index];
          expect(step?.depends_on.every((id) => done.has(id))).toBe(true);
          expect(done.has(step?.id ?? '')).toBe(false);
          done.add(step?.id ?? '');
          ready.completed(index);
        }
        expect(done.size).toBe(steps.length);
      }),
    );
  });

  test('skips exactly what is downstream of a failure, each step once', () => {
    fc.assert(
      fc.property(dag, fc.nat(), (steps, pick) => {
        const bad = pick % steps.length;
        const downstream = new Set<string>([`s${bad}`]);
        for (const { id, depends_on } of steps)
          if (depends_on.some((other) => downstream.has(other))) downstream.add(id);
        downstream.delete(`s${bad}`);
        const ready = createReadySet(steps);
        const skipped = ready.failed(bad).map((index) => `s${index}`);
        expect(new Set(skipped)).toEqual(downstream);
        expect(skipped).toHaveLength(downstream.size);
        expect(ready.failed(bad)).toEqual([]);
      }),
    );
  });

  test('keeps the order in which steps became ready, also over many', () => {
    const ready = createReadySet(Array.from({ length: 5_000 }, (_, index) => ({ id: `s${index}`, depends_on: [] })));
    const taken = Array.from({ length: 5_000 }, () => ready.take());
    expect(taken).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
    expect(ready.take()).toBeUndefined();
    ready.add(7);
    expect([ready.size, ready.take(), ready.size]).toEqual([1, 7, 0]);
  });
});

describe('the retry decision', () => {
  const policy = {
    max_attempts: 4,
    initial_interval_ms: 100,
    backoff_coefficient: 2,
    max_interval_ms: 300,
    non_retryable_errors: ['FATAL'],
  };
  const error = (code = 'X', retryable = true) => ({ code, message: '', retryable });

  test.each([
    [1, { again: true, delayMs: 100 }],
    [2, { again: true, delayMs: 200 }],
    [3, { again: true, delayMs: 300 }],
    [4, { again: false }],
  ])('after %i failed tries of 4 is %j', (failed, decision) => {
    expect(decideRetry(policy, { failed, lost: 9 }, { outcome: 'failed', error: error() })).toEqual(decision);
  });

  test.each([error('FATAL'), error('X', false)])('is no for %j', (fatal) => {
    expect(decideRetry(policy, { failed: 1, lost: 0 }, { outcome: 'failed', error: fatal })).toEqual({ again: false });
  });

  test.each([
    [1, true],
    [LIMITS.lostTries, true],
    [LIMITS.lostTries + 1, false],
  ])('after %i lost tries is %s, at once, whatever the policy says', (lost, again) => {
    const decision = decideRetry(
      { ...policy, max_attempts: 1 },
      { failed: 1, lost },
      { outcome: 'lost', error: error() },
    );
    expect(decision).toEqual(again ? { again: true, delayMs: 0 } : { again: false });
  });
});

test('chunks keep the order, lose nothing, and stay below the size that they are given', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 80 }) })), (items) => {
      const chunks = chunkBySize(items, 120);
      expect(chunks.flat()).toEqual(items);
      for (const chunk of chunks)
        expect(chunk.length === 1 || Buffer.byteLength(JSON.stringify(chunk)) <= 121).toBe(true);
    }),
  );
});

test('the size of JSON is that of its UTF-8', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const whole = { value, text: text.toWellFormed() };
      expect(jsonBytes(whole as object)).toBe(Buffer.byteLength(JSON.stringify(whole)));
    }),
  );
});

test('inline outputs never take more than their budget together, small ones aside', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3_000 }),
      fc.array(fc.nat(5_000), { minLength: 1, maxLength: 100 }),
      (steps, sizes) => {
        const budget = createInlineBudget(0, steps);
        let total = 0;
        for (let step = 0; step < steps; step++) {
          const granted = budget.grant();
          expect(granted).toBeGreaterThanOrEqual(REFERENCE_BYTES);
          const size = sizes[step % sizes.length] ?? 0;
          const used = size <= granted ? size : 0;
          if (used > REFERENCE_BYTES) total += used;
          budget.settle(granted, used);
        }
        expect(total).toBeLessThanOrEqual(LIMITS.inlineOutputsTotalBytes);
      },
    ),
  );
});

describe('a step record', () => {
  const completed: StepResult = {
    ...emptyResult(
      { plan: { id: 'a' }, record: { ...newRecord(), tries: 2 } },
      'completed',
      '2026-01-15T14:30:01.000Z',
    ),
    started_at: '2026-01-15T14:30:00.000Z',
    output: { n: 1 },
    artifacts: ['artifact://e/a/x'],
  };
  const retrying = {
    ...newRecord(),
    tries: 1,
    failed: 1,
    timer: { kind: 'backoff' as const, due: 5 },
    decided: {
      type: 'step_decided' as const,
      step_id: 'a',
      status: 'retrying' as const,
      try: 2,
      at: '2026-01-15T14:30:00.000Z',
      order: [1, 2, 3] as [number, number, number],
    },
  };

  test.each([
    ['new', newRecord()],
    ['completed', { ...newRecord(), result: completed }],
    ['retrying', retrying],
    ['lost with its worker', { ...newRecord(), tries: 1, lost: 1, handle: { id: 'job-1' } }],
  ])('that is %s is the same in the next run of the chain', (_, record) => {
    expect(unpackRecord('a', JSON.parse(JSON.stringify(packRecord(record))))).toEqual(record);
  });

  test.each(['completed', 'failed', 'cancelled'] as const)('keeps which try of a step counts (%s)', (status) => {
    for (const counts of [0, 1, 2]) {
      const record = { ...newRecord(), tries: 2, counts };
      record.result = emptyResult({ plan: { id: 'a' }, record }, status, '2026-01-15T14:30:00.000Z');
      expect(unpackRecord('a', packRecord(record)).counts).toBe(counts);
    }
  });

  test('keeps the files that a failed try has left, until the step ends with them', () => {
    const record = { ...newRecord(), tries: 1, failed: 1, counts: 1, left: { artifacts: ['artifact://e/a/m'] } };
    const unpacked = unpackRecord('a', packRecord(record));
    expect(unpacked).toMatchObject({ counts: 1, left: record.left });
    const { artifacts } = emptyResult({ plan: { id: 'a' }, record: unpacked }, 'cancelled', '2026-01-15T14:30:00.000Z');
    expect(artifacts).toEqual(record.left.artifacts);
  });

  test('that is new takes no room', () => {
    expect(packRecord(newRecord())).toEqual({});
  });
});

describe('the tries that count', () => {
  const record = (change: Partial<StepRecord>, status?: StepResult['status']) => {
    const made = { ...newRecord(), tries: 1, ...change };
    if (status) made.result = emptyResult({ plan: { id: 'a' }, record: made }, status, '2026-01-15T14:30:00.000Z');
    return made;
  };

  test.each<[string, StepRecord, number | undefined]>([
    ['the first try has completed', record({ counts: 1 }, 'completed'), undefined],
    ['the first try runs', record({}), undefined],
    ['it never ran', record({ tries: 0 }, 'skipped'), undefined],
    ['it is tried again', record({ failed: 1, counts: 1 }), 0],
    ['its first try was lost', record({ lost: 1 }), 0],
    ['its second try has completed', record({ tries: 2, counts: 2 }, 'completed'), 2],
    ['a lost first try was adopted', record({ tries: 2, lost: 1, counts: 1 }, 'completed'), undefined],
    ['it has failed', record({ failed: 1, counts: 1 }, 'failed'), 1],
    ['all its tries were lost', record({ tries: 11, lost: 11 }, 'failed'), 0],
  ])('name a step when that is needed: %s', (_, made, expected) => {
    const counting = createCountingTries([]);
    counting.note({ plan: { id: 'a' }, record: record({ failed: 1 }) });
    counting.note({ plan: { id: 'a' }, record: made });
    expect(counting.unusual.a).toBe(expected);
    expect(createCountingTries([{ plan: { id: 'a' }, record: made }]).unusual).toEqual(counting.unusual);
  });

  test('travel only with a config that may hold a URI of an artifact', () => {
    const plan = planOf([
      { id: 'literal', config: { rows: 3 } },
      { id: 'uri', config: { source: 'artifact://exec_1/a/model' } },
      { id: 'expression', config: { source: '${{ parameters.source }}' } },
    ]);
    const { context } = payloadOf(plan);
    const inputs = createStepInputs(context, plan.specs, () => undefined, { a: 2 });
    expect(plan.steps.map((step) => inputs.of(step, 1).input.counting)).toEqual([undefined, { a: 2 }, { a: 2 }]);
    const byReference = createStepInputs(context, null, () => undefined, { a: 2 });
    expect(plan.steps.map((step) => byReference.of(step, 1).input.counting)).toEqual([{ a: 2 }, { a: 2 }, { a: 2 }]);
  });
});

describe('a stop request', () => {
  const asked = { reason: null, graceful: true, cleanup_resources: false, save_partial_results: false };

  test('that is repeated changes nothing', () => {
    const stop = mergeStop(null, asked);
    expect(mergeStop(stop, asked)).toEqual(stop);
  });

  test('that comes later can only take the grace away', () => {
    const stop = mergeStop(null, asked);
    const later = { ...asked, graceful: false, cleanup_resources: true, save_partial_results: true };
    expect(mergeStop(stop, later)).toEqual({ ...stop, graceful: false });
    expect(mergeStop(mergeStop(stop, later), asked)).toEqual({ ...stop, graceful: false });
  });

  test('says what is to be done after a try was cancelled without one', () => {
    expect(mergeStop(UNTOLD, asked)).toMatchObject({ status: 'stopped', cleanup_resources: false, told: true });
  });

  test('does not turn a timeout into a stop', () => {
    expect(mergeStop(TIMED_OUT, { ...asked, graceful: false })).toMatchObject({
      status: 'timed_out',
      cleanup_resources: true,
    });
  });
});

describe('the final result', () => {
  const at = (second: number) => `2026-01-15T14:30:0${second}.000Z`;
  const step = (id: string, status: StepResult['status'], second: number): StepResult => ({
    ...emptyResult({ plan: { id }, record: newRecord() }, status, at(second)),
    output: 'x',
  });
  const base = { startedAt: at(0), now: at(3), stop: null, error: null };

  test('ends after its last step, whatever the clocks say', () => {
    const [page] = resultPages({ ...base, results: [step('a', 'completed', 5)] });
    expect(page).toMatchObject({ status: 'completed', started_at: at(0), completed_at: at(5), page: 0, pages: 1 });
  });

  test('is completed when a stop came too late to stop anything', () => {
    const [page] = resultPages({
      ...base,
      stop: mergeStop(null, { reason: null, graceful: true, cleanup_resources: true, save_partial_results: true }),
      results: [step('a', 'completed', 1)],
    });
    expect(page?.status).toBe('completed');
  });

  test('has pages of at most 1 MiB that hold every step once', () => {
    const results = Array.from({ length: 600 }, (_, index) => ({
      ...step(`s${index}`, 'completed', 1),
      output: 'y'.repeat(4_000),
    }));
    const pages = resultPages({ ...base, results });
    expect(pages.length).toBe(3);
    expect(pages.every((page, index) => page.page === index && page.pages === 3)).toBe(true);
    expect(pages.flatMap(({ steps }) => steps)).toEqual(results);
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(1024 * 1024 + 1_000);
  });
});
