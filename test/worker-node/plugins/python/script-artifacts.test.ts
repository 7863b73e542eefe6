import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { createArtifactStore } from '../../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../../worker-node/plugins/define-plugin.ts';
import { python } from '../../../../worker-node/plugins/python/plugin.ts';
import { operationOf, type RunOptions, runOperation } from '../run-operation.ts';
import { createWitness } from '../script/witness.ts';

const plugin = python({ cacheDir: tmpdir(), env: { PATH: process.env.PATH, HOME: process.env.HOME } });
const availability = await plugin.availability();

describe.skipIf(!availability.available)('artifacts of python.script', () => {
  let dir: string;
  let projectDir: string;
  let files = 0;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'wf-python-artifacts-'));
    projectDir = join(dir, 'project');
    await mkdir(projectDir);
    execFileSync('mkfifo', [join(dir, 'pipe')]);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const HEAD = 'import os, shutil, tempfile, threading, wf\nfrom pathlib import Path\n';

  async function run(source: string, config: JsonObject = {}, options: RunOptions = {}) {
    const name = `script_${++files}.py`;
    await writeFile(join(projectDir, name), HEAD + source);
    return runOperation(operationOf(plugin, 'script'), { script: name, ...config }, { projectDir, ...options });
  }

  const newTry = () =>
    createArtifactStore({ dir: join(dir, `store-${++files}`) }).forTry({
      ...{ execution: 'exec_test', attempt: 1, step: 'step', try: 1 },
    });

  /** What each artifact holds that a script has stored. */
  async function storedBy(source: string): Promise<Record<string, string>> {
    const artifacts = newTry();
    await run(source, {}, { artifacts });
    const texts = artifacts.stored().map(async (uri) => {
      return [uri.slice('artifact://exec_test/step/'.length), await readFile(await artifacts.open(uri), 'utf8')];
    });
    const contents = Object.fromEntries(await Promise.all(texts));
    await artifacts.dispose();
    return contents;
  }

  it.each([
    ['os.remove', 'os.remove("m")'],
    ['os.replace', 'Path("n").write_text("after")\nos.replace("n", "m")'],
    ['shutil.move', 'shutil.move("m", "n")'],
    ['writing it again', 'Path("m").write_text("after")'],
    ['os.truncate', 'os.truncate("m", 0)'],
  ])('hold what the file held at the call, whatever follows: %s', async (_, then) => {
    expect(await storedBy(`Path("m").write_text("before")\nwf.artifact("m")\n${then}`)).toEqual({ m: 'before' });
  });

  it('may come from temporary folders and files', async () => {
    const source = `
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "m").write_text("of a folder")
    wf.artifact("a/m", os.path.join(folder, "m"))
with tempfile.NamedTemporaryFile("w") as file:
    file.write("of a file")
    file.flush()
    wf.artifact("f", Path(file.name))
`;
    expect(await storedBy(source)).toEqual({ 'a/m': 'of a folder', f: 'of a file' });
  });

  it('are named relative to the folder that is current at the call, also through links', async () => {
    const source = `
os.mkdir("sub")
os.chdir("sub")
Path("m").write_text("x")
os.symlink("m", "link")
wf.artifact("m")
wf.artifact("linked", b"link")
os.chdir("..")
shutil.rmtree("sub")
`;
    expect(await storedBy(source)).toEqual({ m: 'x', linked: 'x' });
  });

  it('are the last of a name, also from threads and forked children', async () => {
    const source = `
def store(name):
    Path(name).write_text("old")
    wf.artifact(name)
    Path(name).write_text(name)
    wf.artifact(name)
    os.remove(name)

threads = [threading.Thread(target=store, args=(f"t{n}",)) for n in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
if os.fork() == 0:
    store("forked")
    os._exit(0)
os.wait()
`;
    const names = [...Array.from({ length: 8 }, (_, n) => `t${n}`), 'forked'];
    expect(await storedBy(source)).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  it('of more than one piece of a copy are whole', async () => {
    const source = `
data = os.urandom(5 << 20)
Path("m").write_bytes(data)
wf.artifact("m")
os.remove("m")
import hashlib
wf.output(hashlib.sha256(data).hexdigest())
`;
    const artifacts = newTry();
    const sha256 = await run(source, {}, { artifacts });
    const path = await artifacts.open('artifact://exec_test/step/m');
    expect((await artifacts.put('again', path)).sha256).toBe(sha256);
    await artifacts.dispose();
  });

  it.runIf(process.platform === 'linux')('may be empty, or made up by the kernel', async () => {
    const source = 'Path("empty").touch()\nwf.artifact("empty")\nwf.artifact("os", "/proc/sys/kernel/ostype")';
    expect(await storedBy(source)).toEqual({ empty: '', os: 'Linux\n' });
  });

  it.each([
    ['an absent file', 'wf.artifact("m", "absent")', 'INVALID_ARTIFACT', '"absent" cannot be read: No such file'],
    ['a folder', 'os.mkdir("d")\nwf.artifact("m", "d")', 'INVALID_ARTIFACT', '"d" is a folder'],
    ['a FIFO', 'wf.artifact("m", wf.input())', 'INVALID_ARTIFACT', 'is no regular file'],
    ['a device', 'wf.artifact("m", "/dev/null")', 'INVALID_ARTIFACT', '"/dev/null" is no regular file'],
    ['a path with a NUL', 'wf.artifact("m", "a\\0b")', 'INVALID_ARTIFACT', 'cannot be read'],
    ['a bad name', 'Path("m").touch()\nwf.artifact("/m", "m")', 'INVALID_ARTIFACT_NAME', '"/m" is no artifact name'],
    ['a name that ends a line', 'Path("m").touch()\nwf.artifact("m\\n", "m")', 'INVALID_ARTIFACT_NAME', 'no artifact'],
    ['a name that is none', 'wf.artifact(None, "m")', 'INVALID_ARTIFACT_NAME', 'no artifact name'],
  ])('are refused at the call: %s', async (_, call, code, message) => {
    const expected = { code, retryable: false, message: expect.stringContaining(message) };
    await expect(run(call, { input: join(dir, 'pipe') })).rejects.toMatchObject(expected);
  });

  it('and the output are kept of a script that a stop has ended in good order', async () => {
    const abort = new AbortController();
    const artifacts = newTry();
    const source = `
import signal, sys

def stop(*_):
    Path("ckpt").write_text("epoch 7")
    wf.output({"epoch": 7, "ckpt": wf.artifact("ckpt")})
    os.remove("ckpt")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
print("ready")
while True:
    signal.pause()
`;
    const running = run(
      source,
      {},
      {
        ...{ signal: abort.signal, artifacts },
        onLog: (message) =>
          message === 'ready' && abort.abort(new PluginError({ code: 'CANCELLED', message: 'stop', retryable: false })),
      },
    );
    const uri = 'artifact://exec_test/step/ckpt';
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED', output: { epoch: 7, ckpt: uri } });
    expect(await readFile(await artifacts.open(uri), 'utf8')).toBe('epoch 7');
    await artifacts.dispose();
  });

  it('and what a function returns are kept after it saw the stop', async () => {
    const abort = new AbortController();
    const source = `
import signal

stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopped.set())

def train(input):
    print("ready")
    while not stopped.wait(0.05):
        pass
    return {"epoch": 8}
`;
    const running = run(
      source,
      { function: 'train' },
      {
        signal: abort.signal,
        onLog: (message) =>
          message === 'ready' && abort.abort(new PluginError({ code: 'CANCELLED', message: 'stop', retryable: false })),
      },
    );
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED', output: { epoch: 8 } });
  });

  it.each([
    ['file by file', 'for p in Path(".").rglob("*"): p.unlink()'],
    ['with shutil.rmtree', 'shutil.rmtree(os.getcwd())'],
  ])('and the output outlast a script that tidies its folder up: %s', async (_, tidy) => {
    const artifacts = newTry();
    const source = `Path("m").write_text("x")\nwf.artifact("m")\nwf.output({"done": True})\n${tidy}`;
    expect(await run(source, {}, { artifacts })).toEqual({ done: true });
    expect(artifacts.stored()).toEqual(['artifact://exec_test/step/m']);
    await artifacts.dispose();
  });

  it('are known no more when the script removes the folder of WF_OUTPUT, which fails it', async () => {
    const source = 'wf.output({"done": True})\nshutil.rmtree(os.path.dirname(os.environ["WF_OUTPUT"]))';
    await expect(run(source)).rejects.toMatchObject({
      ...{ code: 'CONTROL_FOLDER_GONE', retryable: false },
      message: expect.stringContaining('the folder of WF_INPUT and WF_OUTPUT is gone'),
    });
  });

  it('are refused to a process that has outlived its try', async () => {
    const [store, witness] = [join(dir, 'outlived'), await createWitness(dir)];
    onTestFinished(() => witness.close());
    const owner = { execution: 'exec_test', attempt: 1, step: 'step', try: 1 };
    const artifacts = createArtifactStore({ dir: store }).forTry(owner);
    const child = `
import os, socket, time, wf
print(flush=True)
while os.path.exists(os.environ["WF_INPUT"]):
    time.sleep(0.005)
try:
    wf.artifact("late", "/proc/self/status")
    word = "stored"
except wf.Failure as failure:
    word = failure.code
witness = socket.socket(socket.AF_UNIX)
witness.connect(os.environ["WITNESS"])
witness.send(word.encode())
witness.recv(1)
`;
    // It has read its input when it says so.
    const source = `
import subprocess, sys
env = {**os.environ, "PYTHONPATH": os.path.dirname(wf.__file__)}
child = subprocess.Popen([sys.executable, "-c", wf.input()], env=env, start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
`;
    await run(source, { env: { WITNESS: witness.path }, input: child }, { artifacts });
    await artifacts.dispose();
    const told = ['stored', 'TRY_ENDED'].map((word) => witness.seen(word).then(() => word));
    expect(await Promise.race(told)).toBe('TRY_ENDED');
    const [own = ''] = await readdir(join(store, '.unfinished'));
    expect(await readdir(join(store, '.unfinished', own))).toEqual([]);
  });
});
