import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../shared/schemas/json.ts';
import { newObserved } from '../run-operation.ts';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

const OUTER = `
import multiprocessing, os, sqlite3, subprocess, sys, threading, wf

HERE = os.path.dirname(os.path.abspath(__file__))

def child(name, **options):
    return subprocess.run([sys.executable, os.path.join(HERE, name)], **options).returncode

def file(input):
    return [child("child_file.py"), open("part.csv").read()]

def database(input):
    return [child("child_db.py"), [row[0] for row in sqlite3.connect("part.db").execute("select a from t order by a")]]

def inherited(input):
    return child("child_file.py", pass_fds=[3])

def shell(input):
    return subprocess.run(["sh", "-c", f'exec 3>part.txt; "{sys.executable}" "{HERE}/child_log.py"; cat part.txt']).returncode

def grandchild(input):
    return child("child_parent.py")

def work(i):
    wf.log(f"part {i}", n=i)
    wf.progress(i, f"part {i}")
    return i

def pool(input):
    with multiprocessing.get_context(input["how"]).Pool(2) as workers:
        return workers.map(work, [1, 2])

def threads(input):
    all = [threading.Thread(target=work, args=[i]) for i in (1, 2)]
    [one.start() for one in all]
    [one.join() for one in all]

def reused(input):
    # The runner closes its end then, and the number of the pipe is free.
    os.close(3)
    with open("own.txt", "w") as own:
        assert own.fileno() == 3
        wf.log("half way")
        own.write("mine")
    wf.log("after")
    return open("own.txt").read()

LOCK = """
import fcntl, os, sys
with open("own.txt", "r+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("locked", end="")
"""

def locked(input):
    import fcntl
    os.close(3)
    own = open("own.txt", "w+")
    assert own.fileno() == 3
    # As where no duplicate could be made, and the address leads to this very file.
    wf.channel._kept = wf.channel._reopened = None
    parts = wf.channel._address.split(":")
    wf.channel._address = ":".join([*parts[:3], "3"])
    fcntl.lockf(own, fcntl.LOCK_EX)
    wf.log("half way")
    answer = subprocess.run([sys.executable, "-c", LOCK], capture_output=True, text=True, check=True).stdout
    return [answer, own.read()]

def everything_closed(input):
    for descriptor in (1, 2):
        os.close(descriptor)
    out, error = open("out.txt", "w"), open("error.txt", "w")
    assert (out.fileno(), error.fileno()) == (1, 2)
    os.closerange(3, 2_000)
    wf.log("lost")
    return [open("out.txt").read(), open("error.txt").read()]

def closed_range(input):
    os.closerange(3, 50)
    wf.log("half way")
    return child("child_log.py")

def closed(input):
    return child("child_log.py", env={**os.environ, "WF_EVENTS": "1:2:3:4"})

def long(i):
    for n in range(20):
        wf.log(f"{i}:{n}:" + "é" * 30_000)

def mixed(input):
    with multiprocessing.get_context("fork").Pool(3) as workers:
        workers.map(long, range(3))

def artifact(input):
    return child("child_artifact.py")
`;

const CHILDREN = {
  'children/child_file.py': `
import os, wf
with open("part.csv", "w") as file:
    file.write("a\\n")
    file.flush()
    wf.log("half way", descriptor=file.fileno() if file.fileno() == 3 else 3)
    wf.progress(50, "half")
    file.write("b\\n")`,
  'children/child_db.py': `
import sqlite3, wf
db = sqlite3.connect("part.db")
db.execute("create table t (a)")
db.execute("insert into t values (1)")
db.commit()
wf.log("half way")
db.execute("insert into t values (2)")
db.commit()`,
  'children/child_log.py': 'import wf; wf.log("half way", x=1)',
  'children/child_parent.py': `
import os, subprocess, sys
here = os.path.dirname(os.path.abspath(__file__))
subprocess.run([sys.executable, os.path.join(here, "child_log.py")], check=True)`,
  'children/child_artifact.py': `
import wf
open("a.txt", "w").write("a")
wf.artifact("a.txt")
wf.log("half way")`,
};

describe.skipIf(!pythonIsThere)(`events of what a Python script starts${unavailable}`, { timeout: 60_000 }, () => {
  beforeAll(() => write({ 'children/outer.py': OUTER, ...CHILDREN }));

  const run = async (name: string, input: JsonObject = {}) => {
    const observed = newObserved();
    const output = await runFile({ script: 'children/outer.py', function: name, input }, { observed });
    return { ...observed, output, messages: observed.logs.map(({ message }) => message) };
  };

  it.concurrent.each([
    ['file', [0, 'a\nb\n']],
    ['database', [0, [1, 2]]],
    ['inherited', 0],
    ['shell', 0],
    ['grandchild', 0],
    ['artifact', 0],
  ])('reach the log, and no file of its own: %s', async (name, answer) => {
    const { output, messages } = await run(name);
    expect(output).toEqual(answer);
    expect(messages).toEqual(['half way']);
  });

  it.concurrent.each(['fork', 'spawn', 'forkserver'])('reach the log from a pool: %s', async (how) => {
    const { output, messages, progress } = await run('pool', { how });
    expect(output).toEqual([1, 2]);
    expect(messages.toSorted()).toEqual(['part 1', 'part 2']);
    expect(progress.map(({ percentage }) => percentage).toSorted()).toEqual([1, 2]);
  });

  it('reach the log from threads', async () => {
    expect((await run('threads')).messages.toSorted()).toEqual(['part 1', 'part 2']);
  });

  it('never go into a file that has the number of the pipe', async () => {
    const { output, logs } = await run('reused');
    expect(output).toBe('mine');
    const shown = logs.map(({ message }) => message).join('\n');
    expect(shown).toContain('half way');
    expect(shown).toContain('after');
  });

  it('leave the locks of a file that has the number of the pipe', async () => {
    const { output, messages } = await run('locked');
    expect(output).toEqual(['locked', '']);
    expect(messages.join()).toContain('half way');
  });

  it('never go into a file that has the number of stderr', async () => {
    expect((await run('everything_closed')).output).toEqual(['', '']);
  });

  it('reach the log when the script has closed all descriptors that it knows of', async () => {
    const { output, messages } = await run('closed_range');
    expect(output).toBe(0);
    expect(messages).toEqual(['half way', 'half way']);
  });

  it('go to stderr where there is no pipe', async () => {
    const { output, logs } = await run('closed');
    expect(output).toBe(0);
    expect(logs).toEqual([
      { level: 'INFO', message: expect.stringContaining('"half way"'), metadata: { stream: 'stderr' } },
    ]);
  });

  it('do not mix, however long they are', async () => {
    const { messages } = await run('mixed');
    expect(messages).toHaveLength(60);
    for (const message of messages) expect(message).toMatch(/^[0-2]:\d+:é{30000}$/);
  });
});
