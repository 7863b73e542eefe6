import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { PluginError, StoppedWithOutput } from '../../../../worker-node/plugins/define-plugin.ts';
import { newObserved, type RunOptions } from '../run-operation.ts';
import { createWitness, type Witness } from '../script/witness.ts';
import { dir, newTry, run } from './project.ts';

let witness: Witness;
beforeAll(async () => {
  witness = await createWitness(dir);
});
afterAll(() => witness.close());

describe('stopping node.script', () => {
  /** Starts a child of its own; both stay until they are ended. */
  const family = (childName: string, parentName: string, extra = '') => `
    import { spawn } from 'node:child_process';
    import { connect } from 'node:net';
    ${extra}
    const stay = (name) => "require('node:net').connect(process.env.WITNESS).write('" + name + "')";
    spawn(process.execPath, ['-e', stay('${childName}')], { stdio: 'inherit' });
    connect(process.env.WITNESS).write('${parentName}');`;
  const env = () => ({ env: { WITNESS: witness.path } });
  const reason = new PluginError({ code: 'CANCELLED', message: 'stopped', retryable: false });

  it('ends the script and all its children, with the reason of the abort', async () => {
    const abort = new AbortController();
    const running = run(family('child-a', 'parent-a'), env(), { signal: abort.signal });
    await Promise.all([witness.seen('child-a'), witness.seen('parent-a')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-a'), witness.gone('parent-a')]);
  });

  it('lets the script tidy up when it is asked to end', async () => {
    const abort = new AbortController();
    const observed = newObserved();
    const tidy = "process.on('SIGTERM', () => { console.log('tidied up'); process.exit(0); });";
    const running = run(family('child-b', 'parent-b', tidy), env(), { signal: abort.signal, observed });
    await Promise.all([witness.seen('child-b'), witness.seen('parent-b')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(observed.logs.map(({ message }) => message)).toContain('tidied up');
  });

  const waitForStop = `
    import { writeFileSync } from 'node:fs';
    import { artifact, output } from 'wf';
    const stopped = new Promise((resolve) => process.once('SIGTERM', resolve));
    const stay = setInterval(() => {}, 1_000);
    console.log('ready');
    await stopped;
    clearInterval(stay);`;

  /** Runs a script that says that it is ready, and tells it to end then. */
  async function stopped(source: string, config: JsonObject = {}, options: RunOptions = {}) {
    const abort = new AbortController();
    const observed = newObserved();
    const artifacts = newTry();
    const error = await run(source, config, {
      ...{ signal: abort.signal, observed, artifacts, ...options },
      onLog: (message) => message === 'ready' && abort.abort(reason),
    }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const stored = artifacts.stored();
    await artifacts.dispose();
    return { error, stored, logs: observed.logs.map(({ message }) => message) };
  }

  it('keeps output and artifacts of a script that ends with 0 after the signal', async () => {
    const source = `${waitForStop}
      writeFileSync('ckpt.txt', 'epoch 7');
      output({ epoch: 7, ckpt: artifact('ckpt.txt') });
      process.exit(0);`;
    const { error, stored } = await stopped(source);
    const uri = 'artifact://exec_test/step/ckpt.txt';
    expect(error).toBeInstanceOf(StoppedWithOutput);
    expect(error).toMatchObject({ code: 'CANCELLED', output: { epoch: 7, ckpt: uri } });
    expect(stored).toEqual([uri]);
  });

  it('keeps them also when the grace is over just when the script has ended', async () => {
    const kill = new AbortController();
    const source = `${waitForStop} artifact('os', '/proc/sys/kernel/ostype'); output({ epoch: 7 }); process.exit(0);`;
    const options = { killSignal: kill.signal, onWorkStopped: () => kill.abort(reason) };
    const { error, stored } = await stopped(source, {}, options);
    expect(kill.signal.aborted).toBe(true);
    expect(error).toMatchObject({ output: { epoch: 7 } });
    expect(stored).toEqual(['artifact://exec_test/step/os']);
  });

  it('keeps the output, and says that a file is not kept, when there is no time to store it', async () => {
    const over = new AbortController();
    const slow = newTry();
    const take = () => {
      over.abort(reason);
      return new Promise<never>(() => undefined);
    };
    const source = `${waitForStop} artifact('os', '/proc/sys/kernel/ostype'); output({ epoch: 7 }); process.exit(0);`;
    const options = { artifacts: { ...slow, take }, storingSignal: over.signal };
    const { error, logs } = await stopped(source, {}, options);
    expect(error).toMatchObject({ output: { epoch: 7 } });
    expect(logs).toContain(
      'An artifact of the stopped script is not kept: to store it took longer than there was time',
    );
    await slow.dispose();
  });

  it('stores nothing of a script whose try is lost', async () => {
    const abort = new AbortController();
    const artifacts = newTry();
    const lost = new PluginError({ code: 'WORKER_LOST', message: 'gone', retryable: true });
    const running = run(
      `${waitForStop} artifact('os', '/proc/sys/kernel/ostype'); process.exit(0);`,
      {},
      {
        ...{ signal: abort.signal, artifacts },
        onLog: (message) => message === 'ready' && abort.abort(lost),
      },
    );
    await expect(running).rejects.toBe(lost);
    expect(artifacts.stored()).toEqual([]);
    await artifacts.dispose();
  });

  it('keeps what a function returns after it saw the stop', async () => {
    const source = `${waitForStop.replace('await stopped;', '').replace('clearInterval(stay);', '')}
      export const train = async () => {
        await stopped;
        clearInterval(stay);
        return { epoch: 8 };
      };`;
    expect((await stopped(source, { function: 'train' })).error).toMatchObject({ output: { epoch: 8 } });
  });

  it('keeps no output of a script that ends otherwise, but its artifacts', async () => {
    const source = `${waitForStop}
      writeFileSync('ckpt.txt', 'epoch 7');
      artifact('ckpt.txt');
      output({ epoch: 7 });
      process.exit(1);`;
    const { error, stored } = await stopped(source);
    expect(error).toBe(reason);
    expect(stored).toEqual(['artifact://exec_test/step/ckpt.txt']);
  });

  it('says why an output is not kept', async () => {
    const source = `${waitForStop} writeFileSync(process.env.WF_OUTPUT, '{oops'); process.exit(0);`;
    const { error, logs } = await stopped(source);
    expect(error).toBe(reason);
    expect(logs).toContainEqual(expect.stringMatching(/^The output of the stopped script is not kept: .*not JSON/));
  });

  it.each([
    ['answers its output', 'output({ done: true });', { resolved: { done: true } }],
    ['fails with its exit code', 'process.exit(3);', { rejected: { code: 'SCRIPT_FAILED' } }],
  ])('changes nothing about a script that had ended: it %s', async (_, source, expected) => {
    const abort = new AbortController();
    const running = run(
      `import { output } from 'wf'; ${source}`,
      {},
      {
        signal: abort.signal,
        onWorkEnded: () => abort.abort(reason),
      },
    );
    const end = await running.then(
      (resolved) => ({ resolved }),
      (rejected: unknown) => ({ rejected }),
    );
    expect(abort.signal.aborted).toBe(true);
    expect(end).toMatchObject(expected);
  });

  it('kills a script that does not end by itself in time', async () => {
    const abort = new AbortController();
    const deaf = "process.on('SIGTERM', () => {});";
    const running = run(family('child-c', 'parent-c', deaf), env(), { signal: abort.signal, gracePeriodMs: 1_100 });
    await Promise.all([witness.seen('child-c'), witness.seen('parent-c')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-c'), witness.gone('parent-c')]);
  });

  it('kills a script at once that ignores a first stop, when a second one leaves it no time', async () => {
    const [abort, kill] = [new AbortController(), new AbortController()];
    const deaf = "process.on('SIGTERM', () => console.log('ignored'));";
    const running = run(family('child-d', 'parent-d', deaf), env(), {
      signal: abort.signal,
      killSignal: kill.signal,
      gracePeriodMs: 600_000,
      onLog: (message) => message === 'ignored' && kill.abort(reason),
    });
    await Promise.all([witness.seen('child-d'), witness.seen('parent-d')]);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await Promise.all([witness.gone('child-d'), witness.gone('parent-d')]);
  });

  it('ends children that a finished script leaves behind', async () => {
    const source = `
      import { spawn } from 'node:child_process';
      import { output } from 'wf';
      const child = spawn(process.execPath, ['-e', "require('node:net').connect(process.env.WITNESS).write('left', () => console.log('up'))"], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', () => { output({ done: true }); process.exit(0); });`;
    expect(await run(source, env())).toEqual({ done: true });
    await witness.gone('left');
  });
});
