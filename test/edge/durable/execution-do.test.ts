import { env, evictDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { foldAll } from '../../../shared/domain/fold.ts';
import { Execution } from '../../../shared/schemas/execution.ts';
import type { Update } from '../../../shared/schemas/update.ts';
import { run } from '../../shared/execution-run.ts';
import {
  at,
  batch,
  created,
  executionObject,
  executionOf,
  newExecution,
  result,
  started,
  stepEnded,
  stepStarted,
  story,
} from './executions.ts';

describe('create', () => {
  it('accepts an execution as queued, with its first event', async () => {
    const input = newExecution();
    const { execution, created } = await executionOf(input.header.execution_id).create(input);
    expect(created).toBe(true);
    expect(execution).toMatchObject({ status: 'queued', seq: 1, attempt: 1, started_at: null, current_step: null });
    expect(Execution.safeParse(execution).error).toBeUndefined();
    expect(await executionOf(input.header.execution_id).events(0, 10)).toMatchObject({
      events: [{ seq: 1, type: 'workflow.execution.queued' }],
    });
  });

  it('answers the present state when it is repeated', async () => {
    const input = newExecution();
    const { execution, id } = await created(input);
    await execution.ingest(batch(id, [started()]));
    expect(await execution.create(input)).toMatchObject({ created: false, execution: { status: 'running' } });
  });

  it('has written the index row when it answers', async () => {
    const { id } = await created();
    const row = await env.DB.prepare('SELECT status, seq FROM executions WHERE id = ?').bind(id).first();
    expect(row).toEqual({ status: 'queued', seq: 1 });
  });

  it('keeps plans and parameters that are larger than a row, across an eviction', async () => {
    const text = 'ü😀'.repeat(600_000);
    const input = newExecution(2);
    input.header.parameters = { text };
    input.plan.specs.s0 = { config: { text }, resources: null };
    const { id, execution } = await created(input);
    await evictDurableObject(executionObject(id));
    expect((await execution.get())?.parameters).toEqual({ text });
    expect(await execution.plan(1)).toEqual(input.plan);
    expect(await execution.plan(2)).toBeNull();
  });
});

describe('an execution that was never created', () => {
  it('answers null, is gone for workers, and leaves no database', async () => {
    const execution = executionOf('exec_unknown');
    expect(await execution.get()).toBeNull();
    expect(await execution.events(0, 10)).toBeNull();
    expect(await execution.logs({})).toBeNull();
    expect(await execution.output('s0')).toBeNull();
    expect(await execution.stop({})).toBeNull();
    expect(await execution.awaitEnd(10)).toBeNull();
    expect(await execution.plan(1)).toBeNull();
    expect(await execution.ingest(batch('exec_unknown', [started()]))).toBe('gone');
    expect((await execution.fetch('https://execution/stream')).status).toBe(404);
  });
});

describe('ingest', () => {
  it('takes an execution from its start to its end', async () => {
    const { id, execution } = await created();
    for (const update of story(2)) expect(await execution.ingest(batch(id, [update]))).toBe('ok');
    expect(await execution.get()).toMatchObject({
      status: 'completed',
      current_steps: [],
      progress: { completed_steps: 2, total_steps: 2, percentage: 100 },
    });
    await vi.waitFor(async () => {
      const row = await env.DB.prepare('SELECT status, counted_status FROM executions WHERE id = ?').bind(id).first();
      expect(row).toEqual({ status: 'completed', counted_status: 'completed' });
    });
  });

  it('makes no event of what it knows already', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, story(2)));
    const before = await execution.get();
    expect(await execution.ingest(batch(id, story(2)))).toBe('ok');
    expect(await execution.get()).toEqual(before);
  });

  it('sends the run of another attempt away', async () => {
    const { id, execution } = await created();
    expect(await execution.ingest(batch(id, [started()], { attempt: 2 }))).toBe('gone');
    expect(await execution.get()).toMatchObject({ status: 'queued' });
  });

  it('answers retry and keeps its state when a batch cannot be stored', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, [started()]));
    const before = await execution.get();
    const impossible = { source: null, n: 0, timestamp: at(0), level: 'INFO', message: 'x', metadata: {} };
    const broken = batch(id, [stepStarted('s0', 2)], { logs: [impossible as never] });
    expect(await execution.ingest(broken)).toBe('retry');
    expect(await execution.get()).toEqual(before);
    expect(await execution.ingest(batch(id, [stepStarted('s0', 2)]))).toBe('ok');
    expect(await execution.events(before?.seq ?? 0, 10)).toMatchObject({
      events: [{ seq: (before?.seq ?? 0) + 1 }],
    });
  });

  it('gives the same end whatever the order and repetition of updates, and after every batch folds to it', async () => {
    const cases = fc.sample(
      run.chain(({ header, updates }) =>
        fc.record({
          header: fc.constant(header),
          ordered: fc.constant(updates),
          shuffled: fc.shuffledSubarray(updates, { minLength: updates.length }),
          repeated: fc.subarray(updates),
        }),
      ),
      5,
    );
    for (const { header, ordered, shuffled, repeated } of cases) {
      const straight = await follow(header.steps.length, header, ordered);
      const scrambled = await follow(header.steps.length, header, [...repeated.reverse(), ...shuffled]);
      expect(scrambled).toEqual(straight);
    }
  });
});

/** Posts the updates in batches of three, checks fold = GET after each, and answers the end without what depends on the way. */
async function follow(steps: number, header: ReturnType<typeof newExecution>['header'], updates: Update[]) {
  const input = newExecution(steps);
  input.header.steps = header.steps;
  const { id, execution } = await created(input);
  let folded = await execution.get();
  for (let i = 0; i < updates.length; i += 3) {
    await execution.ingest(batch(id, updates.slice(i, i + 3)));
    const events = (await execution.events(folded?.seq ?? 0, 1_000))?.events;
    folded = folded && foldAll(folded, events ?? []);
    expect(folded).toEqual(await execution.get());
  }
  const { execution_id: _id, seq: _seq, updated_at: _at, ...rest } = folded ?? {};
  return rest;
}

describe('eviction', () => {
  it('loses no state and no event', async () => {
    const { id, execution } = await created(newExecution(3));
    for (const update of story(3)) {
      const before = await execution.get();
      await evictDurableObject(executionObject(id));
      expect(await execution.get()).toEqual(before);
      await execution.ingest(batch(id, [update]));
    }
    const events = (await execution.events(0, 1_000))?.events;
    expect(events?.map((event) => event.seq)).toEqual(events?.map((_, i) => i + 1));
    expect(await execution.get()).toMatchObject({ status: 'completed', seq: events?.length });
  });
});

describe('events', () => {
  it('pages through frames at any seq', async () => {
    const { id, execution } = await created(newExecution(5));
    for (const update of story(5)) await execution.ingest(batch(id, [update, started()]));
    const all = (await execution.events(0, 1_000))?.events ?? [];
    for (let after = 0; after <= all.length; after++)
      expect(await execution.events(after, 3)).toEqual({
        events: all.slice(after, after + 3),
        more: after + 3 < all.length,
      });
  });

  it('ends a page early when its events are large, and answers one that is larger than a page alone', async () => {
    const { id, execution } = await created(newExecution(8));
    const frame = (n: number, characters: number) => {
      const ended = stepEnded(`s${n}`, 2, 8);
      // Shown in the event's payload and in its patch.
      if (ended.type === 'step_ended') ended.result.output = 'x'.repeat(characters / 2);
      return execution.ingest(batch(id, [ended]));
    };
    for (let n = 0; n < 7; n++) await frame(n, 3_000_000);
    await frame(7, 9_000_000);
    const lengths: number[] = [];
    for (let after = 0, more = true; more; ) {
      const page = await execution.events(after, 1_000);
      lengths.push(page?.events.length ?? 0);
      after = page?.events.at(-1)?.seq ?? 0;
      more = page?.more ?? false;
    }
    // The execution's own first event, and each step's.
    expect(lengths).toEqual([3, 2, 2, 1, 1]);
  });

  it('keeps a frame that is larger than a row', async () => {
    const { id, execution } = await created(newExecution(1));
    const output = { text: 'ä'.repeat(1_200_000) };
    const ended = stepEnded('s0', 2, 8);
    if (ended.type === 'step_ended') ended.result.output = output;
    await execution.ingest(batch(id, [started(), stepStarted('s0', 2), ended]));
    await evictDurableObject(executionObject(id));
    const events = (await execution.events(0, 100))?.events ?? [];
    expect(events.at(-1)?.data.patch.steps?.s0?.output).toEqual(output);
    expect((await execution.get())?.step_details[0]?.output).toEqual(output);
  });
});

describe('output', () => {
  it('answers inline values and follows references of its own execution only', async () => {
    const { id, execution } = await created(newExecution(3));
    const big = { rows: [1, 2, 3] };
    await env.BLOBS.put(`outputs/default/${id}/1/s0/1`, JSON.stringify(big));
    const end = (step_id: string, output: unknown): Update => {
      const update = stepEnded(step_id, 2, 8);
      return update.type === 'step_ended'
        ? { ...update, result: { ...update.result, output: output as never } }
        : update;
    };
    const foreign = { $ref: 'output://exec_other/1/s0/1', size: 1, sha256: 'x' };
    await execution.ingest(
      batch(id, [end('s0', { $ref: `output://${id}/1/s0/1`, size: 13, sha256: 'x' }), end('s1', foreign)]),
    );
    const outputOf = async (stepId: string) => {
      const answer = await execution.output(stepId);
      return typeof answer === 'object' && answer ? JSON.parse(new TextDecoder().decode(answer.json)) : answer;
    };
    expect(await outputOf('s0')).toEqual(big);
    expect(await outputOf('s1')).toEqual(foreign);
    expect(await execution.output('s2')).toBe('no_output');
    expect(await execution.output('s9')).toBe('unknown_step');
  });
});

describe('awaitEnd', () => {
  it('answers at the end', async () => {
    const { id, execution } = await created();
    const end = execution.awaitEnd(60_000);
    await execution.ingest(batch(id, story(2)));
    expect(await end).toMatchObject({ status: 'completed' });
    expect(await execution.awaitEnd(60_000)).toMatchObject({ status: 'completed' });
  });

  it('answers the state as it is after the time given', async () => {
    const { execution } = await created();
    expect(await execution.awaitEnd(1)).toMatchObject({ status: 'queued' });
  });
});

describe('an execution that ended', () => {
  it('takes late updates without a change', async () => {
    const { id, execution } = await created();
    await execution.ingest(batch(id, [started(), result([])]));
    const end = await execution.get();
    expect(await execution.ingest(batch(id, [stepStarted('s0', 5)]))).toBe('ok');
    expect(await execution.get()).toEqual(end);
  });
});
