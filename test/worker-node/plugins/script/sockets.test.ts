import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { dir, run as runNode } from '../node/project.ts';
import * as python from '../python/project.ts';

/** Runs a step whose data folder has a path longer than any socket's may be. */
async function withDeepData<Answer>(run: (artifacts: ReturnType<typeof newTry>) => Promise<Answer>): Promise<Answer> {
  const artifacts = newTry();
  try {
    return await run(artifacts);
  } finally {
    await artifacts.dispose();
  }
}

const newTry = () =>
  createArtifactStore({ dir: join(dir, 'd'.repeat(200)) }).forTry({
    ...{ execution: 'exec_test', attempt: 1, step: 'step', try: 1 },
  });

describe('a socket in the temporary folder of a script', () => {
  it('is made by node', async () => {
    const source = `
      import { once } from 'node:events';
      import net from 'node:net';
      import os from 'node:os';
      import path from 'node:path';
      export async function f() {
        const name = path.join(os.tmpdir(), 'language-server-of-the-tool.sock');
        const server = net.createServer((socket) => socket.end('hello')).listen(name);
        await once(server, 'listening');
        let said = '';
        for await (const part of net.connect(name)) said += part;
        server.close();
        return said;
      }`;
    expect(await withDeepData((artifacts) => runNode(source, { function: 'f' }, { artifacts }))).toBe('hello');
  });

  it.skipIf(!python.pythonIsThere)(`is made by multiprocessing${python.unavailable}`, async () => {
    await python.write({
      'managed.py': `
import multiprocessing, os, socket, tempfile

def put(shared):
    shared["child"] = os.getpid() != shared["parent"]

def run(input):
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as own:
        own.bind(os.path.join(folder, "own.sock"))
    context = multiprocessing.get_context(input)
    with context.Manager() as manager:
        shared = manager.dict(parent=os.getpid())
        child = context.Process(target=put, args=(shared,))
        child.start()
        child.join()
        return shared["child"]
`,
    });
    for (const input of ['spawn', 'forkserver']) {
      const config = { script: 'managed.py', function: 'run', input };
      expect(await withDeepData((artifacts) => python.runFile(config, { artifacts }))).toBe(true);
    }
  });
});
