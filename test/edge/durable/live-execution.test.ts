import { env, runInDurableObject } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import type { DispatchApi } from '../../../edge/durable/dispatch-api.ts';
import {
  createExecution,
  type LiveExecution,
  type LiveExecutionDeps,
  openExecution,
} from '../../../edge/durable/execution/live-execution.ts';
import { EXECUTION_MIGRATIONS } from '../../../edge/durable/execution/schema.ts';
import { createOutputStore } from '../../../edge/durable/output-store.ts';
import { migrate } from '../../../edge/durable/sqlite/migrate.ts';
import type { Command } from '../../../shared/schemas/command.ts';
import type { Execution } from '../../../shared/schemas/execution.ts';
import { newExecution, started, story } from './executions.ts';

/** An execution on a real object's database, with receivers that can be down and a clock that is set. */
class World {
  readonly indexed: { execution: Execution; listed: boolean }[] = [];
  readonly commands: Command[] = [];
  readonly seen: string[] = [];
  indexDown = false;
  dispatchDown = false;
  now = 1_800_000_000_000;
  readonly deps: LiveExecutionDeps;

  constructor(storage: DurableObjectStorage) {
    const dispatch: DispatchApi = {
      enqueue: async (commands) => {
        if (this.dispatchDown) throw new Error('dispatch is down');
        this.commands.push(...commands);
        return { workers: 1 };
      },
      withdraw: async () => 'withdrawn',
      forget: async () => undefined,
    };
    this.deps = {
      storage,
      now: () => this.now,
      receivers: {
        updateIndex: async (_workspace, state) => {
          if (this.indexDown) throw new Error('the index is down');
          this.indexed.push(state);
        },
        dispatch: () => dispatch,
        outputs: createOutputStore(env.BLOBS),
      },
      listener: {
        onFrame: (frame) => this.seen.push(`frame ${frame.last_seq}`),
        onLogs: (logs) => this.seen.push(`logs ${logs.length}`),
        onEnd: () => this.seen.push('end'),
      },
    };
  }
}

let objects = 0;

function withExecution(test: (live: LiveExecution, world: World) => Promise<void>): Promise<void> {
  const object = env.EXECUTIONS.getByName(`test/live-${objects++}`);
  return runInDurableObject(object, async (_instance, { storage }) => {
    migrate(storage, EXECUTION_MIGRATIONS);
    const world = new World(storage);
    world.indexDown = true;
    world.dispatchDown = true;
    await test(createExecution(world.deps, newExecution(2, { waiting_for: null })), world);
  });
}

describe('what an execution has to tell', () => {
  it('is told once the receivers are back: the newest state, and each command once', () =>
    withExecution(async (live, world) => {
      await live.sendAll();
      live.take({ inputs: [started()] });
      await live.sendAll();
      expect(world.indexed).toEqual([]);
      world.indexDown = false;
      world.dispatchDown = false;
      world.now += 60_000;
      await live.sendAll();
      await live.sendAll();
      expect(world.indexed).toEqual([{ execution: live.render(), listed: false }]);
      expect(world.commands.map((command) => command.type)).toEqual(['start']);
      expect(live.outbox.nextDue()).toBeNull();
    }));

  it('is told by the next life of the object when this one ended in between', () =>
    withExecution(async (live, world) => {
      live.take({ inputs: story(2) });
      await live.sendAll();
      expect(live.timers.get('outbox')).not.toBeNull();
      world.indexDown = false;
      world.dispatchDown = false;
      world.now += 60_000;
      const next = openExecution(world.deps);
      expect(next?.render()).toEqual(live.render());
      await next?.sendAll();
      expect(world.indexed).toMatchObject([{ execution: { status: 'completed' } }]);
      expect(next?.timers.get('outbox')).toBeNull();
    }));

  it('says that the index has the row once it was written', () =>
    withExecution(async (live, world) => {
      world.indexDown = false;
      await live.sendAll();
      live.take({ inputs: story(2) });
      await live.sendAll();
      expect(world.indexed.map(({ execution, listed }) => [execution.status, listed])).toEqual([
        ['queued', false],
        ['completed', true],
      ]);
    }));

  it('sends no start of an execution that has ended', () =>
    withExecution(async (live, world) => {
      live.take({ inputs: story(2) });
      world.dispatchDown = false;
      world.now += 60_000;
      await live.sendAll();
      expect(world.commands).toEqual([]);
    }));
});

describe('a change that cannot be stored', () => {
  it('is forgotten whole: state, events, timers, listeners', () =>
    withExecution(async (live, world) => {
      live.take({ inputs: [started()] });
      const before = { state: live.render(), seen: [...world.seen], timers: live.timers.get('watchdog') };
      const broken = { inputs: story(2), logs: [{ source: null } as never] };
      expect(() => live.take(broken)).toThrow();
      expect({ state: live.render(), seen: world.seen, timers: live.timers.get('watchdog') }).toEqual(before);
      live.take({ inputs: story(2) });
      expect(live.render()).toMatchObject({ status: 'completed' });
      const seqs = live.store.eventsAfter(0, 1_000).map((event) => event.seq);
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    }));
});

describe('listeners', () => {
  it('hear of log entries before the state that follows them, and of the end last', () =>
    withExecution(async (live, world) => {
      const log = {
        source: 'run',
        n: 0,
        timestamp: '2026-01-01T00:00:00.000Z',
        level: 'INFO' as const,
        step_id: null,
        plugin: null,
        message: 'm',
        metadata: {},
      };
      live.take({ inputs: story(2), logs: [log] });
      expect(world.seen).toEqual(['logs 1', `frame ${live.state().core.seq}`, 'end']);
    }));
});
