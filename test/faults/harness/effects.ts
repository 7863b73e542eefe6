import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a step did to the world: a line that it appended, and that nothing takes back. */
export interface Effect {
  execution: string;
  step: string;
  try: number;
  phase: 'begin' | 'end' | 'stopped' | 'cleaned';
  /** The process that did it. */
  pid: number;
  /** The process of the worker that it did it for. */
  worker: number;
}

export interface EffectStepOptions {
  depends_on?: string[];
  /** Time between its two effects. Default 0. */
  ms?: number;
  /** More of the step's definition, and of its input; it does not end while the file `gate` of it exists. */
  step?: Record<string, unknown>;
  config?: Record<string, unknown>;
}

/** Steps with side effects, and the file that counts them. */
export interface Effects {
  /** A step that appends a line when it begins and one when it ends. */
  step(id: string, options?: EffectStepOptions): Record<string, unknown>;
  /** A step that runs until it is stopped, with a line of its clean-up's; for a stack with `holding-worker.ts`. */
  hold(id: string): Record<string, unknown>;
  of(executionId: string): Effect[];
  remove(): void;
}

export function createEffects(): Effects {
  const folder = mkdtempSync(join(tmpdir(), 'wf-effects-'));
  const file = join(folder, 'effects.jsonl');
  const all = (): Effect[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [];
  return {
    step: (id, { depends_on = [], ms = 0, step, config } = {}) => ({
      id,
      plugin: 'node',
      operation: 'script',
      depends_on,
      config: { script: 'test/faults/fixtures/effect.mjs', input: { file, ms, ...config } },
      ...step,
    }),
    hold: (id) => ({ id, plugin: 'core', operation: 'hold', config: { file } }),
    of: (executionId) => all().filter(({ execution }) => execution === executionId),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** `step/try/phase` of each effect: what a test compares. */
export const names = (effects: readonly Effect[]): string[] =>
  effects.map(({ step, try: number, phase }) => `${step}/${number}/${phase}`);
