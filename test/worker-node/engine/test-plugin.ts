import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { JsonObject, type JsonValue } from '../../../shared/schemas/json.ts';
import { core } from '../../../worker-node/plugins/core/plugin.ts';
import {
  defineOperation,
  definePlugin,
  type OperationContext,
  type Plugin,
} from '../../../worker-node/plugins/define-plugin.ts';
import { mapUnexpected } from '../../../worker-node/plugins/map-unexpected.ts';
import { type Registry, registryOf } from '../../../worker-node/plugins/registry.ts';

type Run = (ctx: OperationContext<JsonObject>) => Promise<JsonValue>;

export interface TestPlugin {
  plugin: Plugin;
  /** What the operation `run` does from now on. */
  run: Run;
  /** Config and try of each run of the operation, as it begins. */
  readonly begun: { step: string; try: number; config: JsonObject }[];
  readonly cleaned: string[];
  /** What its clean-up does from now on. */
  clean(ctx: OperationContext<JsonObject>): Promise<void>;
  /** Resolves when a run of this step begins (or has begun). */
  beginning(step: string): Promise<void>;
}

/** A plugin `test` whose operation `run` does what the test says. */
export function createTestPlugin(): TestPlugin {
  const events = new EventEmitter();
  const test: Omit<TestPlugin, 'plugin'> = {
    run: async ({ config }) => config,
    begun: [],
    cleaned: [],
    clean: async () => undefined,
    async beginning(step) {
      while (!test.begun.some((begun) => begun.step === step)) await once(events, 'begun');
    },
  };
  const operation = defineOperation({
    summary: 'Does what the test says.',
    config: JsonObject,
    output: JsonObject,
    slot: 'waiting',
    run(ctx) {
      test.begun.push({ step: ctx.step.id, try: ctx.step.try, config: ctx.config });
      events.emit('begun');
      return test.run(ctx);
    },
    async cleanup(ctx) {
      test.cleaned.push(ctx.step.id);
      await test.clean(ctx);
    },
  });
  return Object.assign(test, {
    plugin: definePlugin({
      name: 'test',
      summary: 'For tests.',
      operations: { run: operation },
      availability: async () => ({ available: true }),
      mapError: mapUnexpected,
    }),
  });
}

/** Runs until it is told to end, then throws as a well-behaved operation does. */
export const untilAborted: Run = async ({ signal }) => {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
};

/** Runs on whatever it is told. */
export const deaf: Run = async () => {
  await wait(600_000, undefined, { ref: false });
  return null;
};

export const withCore = (...plugins: Plugin[]): Registry => registryOf([core, ...plugins]);
