import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../../shared/schemas/update.ts';
import { createIsUpstream } from '../../../worker-node/workflows/ancestors.ts';
import { packRecord, unpackRecord } from '../../../worker-node/workflows/chain-state.ts';
import { createCountingTries } from '../../../worker-node/workflows/counting-tries.ts';
import { createStepInputs } from '../../../worker-node/workflows/step-input.ts';
import { emptyResult, newRecord, type StepRecord } from '../../../worker-node/workflows/step-record.ts';
import { payloadOf, planOf } from '../engine/plans.ts';

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
    const counting = { unusual: { a: 2 }, isUpstream: () => true };
    const inputs = createStepInputs(context, plan.specs, () => undefined, counting);
    expect(plan.steps.map((step) => inputs.of(step, 1).input.counting)).toEqual([undefined, { a: 2 }, { a: 2 }]);
    const byReference = createStepInputs(context, null, () => undefined, counting);
    expect(plan.steps.map((step) => byReference.of(step, 1).input.counting)).toEqual([{ a: 2 }, { a: 2 }, { a: 2 }]);
  });

  test('name what a step can name: itself, what is upstream of it, and what its config writes out', () => {
    const config = { source: '${{ parameters.source }}' };
    const plan = planOf([
      { id: 'first', config },
      { id: 'beside', config },
      { id: 'middle', depends_on: ['first'], config },
      { id: 'last', depends_on: ['middle'], config },
      { id: 'writes', config: { source: 'artifact://${{ execution.id }}/beside/model', other: 'artifact://e/none/x' } },
    ]);
    const { context } = payloadOf(plan);
    const unusual = Object.fromEntries(plan.steps.map(({ id }) => [id, 0]));
    const inputs = createStepInputs(context, plan.specs, () => undefined, {
      unusual,
      isUpstream: createIsUpstream(plan.steps),
    });
    const named = plan.steps.map((step) => Object.keys(inputs.of(step, 1).input.counting ?? {}));
    expect(named).toEqual([
      ['first'],
      ['beside'],
      ['first', 'middle'],
      ['first', 'middle', 'last'],
      ['beside', 'writes'],
    ]);
  });
});
