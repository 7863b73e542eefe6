import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { newObserved } from '../run-operation.ts';
import { createWitness, type Witness } from '../script/witness.ts';
import { dir, run } from './project.ts';

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
