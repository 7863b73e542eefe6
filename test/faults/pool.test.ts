import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { shardOf } from '../../edge/durable/shards.ts';
import { EdgeFrame } from '../../shared/schemas/dispatch.ts';
import type { StepDetail } from '../../shared/schemas/execution.ts';
import { SHARDS } from './fixtures/shards.ts';
import { createEffects, type Effect, names } from './harness/effects.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { isAlive } from './harness/is-alive.ts';
import { startSecondWorker } from './harness/second-worker.ts';
import { until } from './harness/until.ts';
import { stepIs, type Watch, watch } from './harness/watch.ts';

/** Executions started side by side: enough that each worker is sent some. */
const BATCH = 4;

let faults: FaultStack;
const effects = createEffects();
beforeAll(async () => {
  faults = await startFaultStack({ edge: 'sharded-edge.ts' });
});
afterAll(async () => {
  await faults?.stop();
  effects.remove();
});

it('loses and doubles nothing when one of two workers of a pool is killed, on two dispatch shards', async () => {
  const { api, stack } = faults;
  const folder = mkdtempSync(join(tmpdir(), 'wf-pool-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const gate = join(folder, 'gate');
  writeFileSync(gate, '');
  const second = await startSecondWorker(stack);
  const viewers = new Map<string, Watch>();
  const start = async (steps: unknown[]): Promise<string> => {
    const { execution_id } = await api.start(steps);
    viewers.set(execution_id, watch(api, execution_id));
    return execution_id;
  };

  // A step in flight on the second one. Each holds one of the places of its worker: the first one's are taken in the end.
  const begun = (id: string) => until('the step has begun', () => effects.of(id)[0]);
  let lost: Effect;
  do {
    const id = await start([
      effects.step('long', { config: { gate } }),
      effects.step('after', { depends_on: ['long'] }),
    ]);
    lost = await begun(id);
  } while (lost.worker !== second.pid);
  await viewers.get(lost.execution)?.until('the step is shown to run', stepIs('long', 'running'));

  // Starts that it was sent and has not answered, on every shard.
  const held = new Set<string>();
  second.road.treatment = {
    frame(frame, send) {
      const parsed = EdgeFrame.parse(JSON.parse(frame));
      if (parsed.type === 'command' && parsed.command.type === 'start') held.add(parsed.command.execution_id);
      else send(frame);
    },
  };
  const shardsHeld = () => new Set([...held].map((id) => shardOf(id, SHARDS)));
  while (shardsHeld().size < SHARDS)
    await Promise.all(Array.from({ length: BATCH }, () => start([effects.step('short')])));

  await second.kill();
  await until('what it ran ends with it', () => !isAlive(lost.pid));
  rmSync(gate);

  for (const [id, viewer] of viewers) {
    const execution = await viewer.ended();
    expect(execution).toMatchObject({ status: 'completed', error: null });
    for (const step of execution.step_details)
      expectInTurn(
        step,
        effects.of(id).filter((effect) => effect.step === step.id),
      );
  }
  expect(names(effects.of(lost.execution))).toEqual([
    ...['long/1/begin', 'long/2/begin', 'long/2/end'],
    ...['after/1/begin', 'after/1/end'],
  ]);
});

/** No try does anything twice, or once the next one has begun; the last one does all. */
function expectInTurn({ id, tries }: StepDetail, own: readonly Effect[]): void {
  const seen = names(own);
  expect(seen).toEqual([...new Set(seen)]);
  const numbers = own.map((effect) => effect.try);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(seen.slice(-2)).toEqual([`${id}/${tries}/begin`, `${id}/${tries}/end`]);
}
