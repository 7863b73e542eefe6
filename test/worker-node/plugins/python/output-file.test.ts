import { beforeAll, describe, expect, it } from 'vitest';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

/** What a script may have put at the path of its output, before the helper writes there. */
const BLOCKED = `
import os, wf

path = os.environ["WF_OUTPUT"]

def link(target):
    os.symlink(target, path)

def existing(text):
    with open(path, "w") as file:
        file.write(text)

def linked():
    with open("target.json", "w") as file:
        file.write("{\\"old\\": 1}")
    link(os.path.abspath("target.json"))

WAYS = {
    "folder": lambda: os.mkdir(path), "FIFO": lambda: os.mkfifo(path), "device": lambda: link("/dev/null"),
    "dangling link": lambda: link("nowhere"), "circle": lambda: link(path), "empty": lambda: existing(""),
    "file": lambda: existing("{"), "link": linked,
}

def returns(input):
    WAYS[input["way"]]()
    return {"new": 1}

def nothing(input):
    WAYS[input["way"]]()

def outputs(input):
    WAYS[input["way"]]()
    wf.output({"new": 1})
`;

describe.skipIf(!pythonIsThere)(`the output file of a Python script${unavailable}`, { timeout: 60_000 }, () => {
  beforeAll(() => write({ 'blocked.py': BLOCKED }));
  const run = (name: string, way: string) => runFile({ script: 'blocked.py', function: name, input: { way } });

  const blocked = ['folder', 'FIFO', 'device', 'dangling link', 'circle'];
  it.concurrent.each(
    blocked.flatMap((way) => ['returns', 'nothing', 'outputs'].map((name): [string, string] => [way, name])),
  )('is refused when something else is in its place: %s, %s', async (way, name) => {
    const failing = run(name, way);
    await expect(failing).rejects.toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('/') });
  });

  it.concurrent.each(['empty', 'file', 'link'])('is written anew: %s', async (way) => {
    expect(await run('returns', way)).toEqual({ new: 1 });
    expect(await run('outputs', way)).toEqual({ new: 1 });
  });

  it('counts when the function returns nothing', async () => {
    expect(await run('nothing', 'empty')).toEqual({});
    expect(await run('nothing', 'link')).toEqual({ old: 1 });
    await expect(run('nothing', 'file')).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
  });
});
