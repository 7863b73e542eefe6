import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../seeded-random.ts';
import { createEffects, type Effect } from './harness/effects.ts';
import { type FaultStack, startFaultStack } from './harness/fault-stack.ts';
import { watch } from './harness/watch.ts';

const SEED = 20_261_123;
const WIDTH = 3;
const DEPTH = 10;
const KILLS = ['edge', 'worker', 'edge', 'edge', 'worker', 'edge'] as const;
const LONGEST_PAUSE_MS = 5_000;

let faults: FaultStack;
const effects = createEffects();
beforeAll(async () => {
  faults = await startFaultStack();
});
afterAll(async () => {
  await faults?.stop();
  effects.remove();
});

/** Layers of steps, each of which depends on some of the layer before. */
function layered(random: () => number): Record<string, unknown>[] {
  return Array.from({ length: WIDTH * DEPTH }, (_, i) => {
    const layer = Math.floor(i / WIDTH);
    const before = Array.from({ length: layer === 0 ? 0 : WIDTH }, (_, k) => `s${(layer - 1) * WIDTH + k}`);
    const depends_on = before.filter((_, k) => k === i % WIDTH || random() < 0.4);
    return effects.step(`s${i}`, { depends_on, ms: Math.round(200 + random() * 1_200) });
  });
}

it('completes every step of a DAG while worker and edge are killed over and over', async () => {
  const random = seededRandom(SEED);
  const { execution_id } = await faults.api.start(layered(random));
  const viewer = watch(faults.api, execution_id);
  let over = false;
  const ended = viewer.ended(110_000).finally(() => {
    over = true;
  });
  // Looked at below, once the kills are done.
  ended.catch(() => undefined);
  let killedWorkers = 0;
  for (const part of KILLS) {
    // The pause is the test: a kill at any moment must do.
    await sleep(500 + random() * LONGEST_PAUSE_MS);
    if (over) break;
    if (part === 'worker') killedWorkers++;
    await faults.kill(part);
  }

  const execution = await ended;
  expect(execution).toMatchObject({ status: 'completed', progress: { completed_steps: WIDTH * DEPTH } });
  const all = effects.of(execution_id);
  const tries = Object.fromEntries(execution.step_details.map((step) => [step.id, step.tries]));
  for (const [step, count] of Object.entries(tries)) {
    const own = all.filter((effect) => effect.step === step);
    for (const phase of ['begin', 'end'] as const) {
      const seen = phases(own, phase);
      expect(seen, `no try of ${step} comes to its ${phase} twice`).toEqual([...new Set(seen)]);
      // An earlier one may have ended too: its worker died before it could say so.
      expect(seen.at(-1), `the last ${phase} of ${step} is that of its last try`).toBe(count);
    }
  }
  expect(killedWorkers).toBeGreaterThan(0);
  expect(Object.values(tries).some((count) => count > 1)).toBe(true);
});

const phases = (effects: readonly Effect[], phase: Effect['phase']): number[] =>
  effects.filter((effect) => effect.phase === phase).map((effect) => effect.try);
