import { describe, expect, it } from 'vitest';
import { newObserved } from '../run-operation.ts';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

/** Prints while signals come in: a write to the pipe ends with each of them. */
const SIGNALS = `
import signal, sys
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
for _ in range(2):
    print("x" * 3_000_000, file=getattr(sys, STREAM))
signal.setitimer(signal.ITIMER_REAL, 0)
`;

/** Prints to a pipe that takes what it has room for: as a child that shares it leaves it. */
const NON_BLOCKING = `
import os, sys
os.set_blocking(getattr(sys, STREAM).fileno(), False)
for n in range(20_000):
    print(f"{n:06}" + "x" * 194, file=getattr(sys, STREAM))
`;

const CHILD = `
import multiprocessing, wf
STREAM = "stdout"

def run(code=None):
    exec(code, {"STREAM": STREAM})

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=run, args=[CODE])
    process.start()
    process.join()
    assert process.exitcode == 0
`;

describe.skipIf(!pythonIsThere)(`what a Python script prints${unavailable}`, { timeout: 60_000 }, () => {
  const printed = async (name: string, source: string) => {
    await write({ [name]: source });
    const observed = newObserved();
    await runFile({ script: name }, { observed });
    return observed.logs.map(({ message }) => message);
  };

  it.each(['stdout', 'stderr'])('is whole while signals come in: %s', async (stream) => {
    const messages = await printed(`signals_${stream}.py`, `STREAM = "${stream}"\n${SIGNALS}`);
    expect(messages.join('').replaceAll(/[^x]/g, '')).toHaveLength(6_000_000);
  });

  it.each(['stdout', 'stderr'])('is whole in a pipe that another process has made non-blocking: %s', async (stream) => {
    const messages = await printed(`non_blocking_${stream}.py`, `STREAM = "${stream}"\n${NON_BLOCKING}`);
    expect(messages).toEqual(Array.from({ length: 20_000 }, (_, n) => `${n}`.padStart(6, '0') + 'x'.repeat(194)));
  });

  it('is whole in a process that the script starts', async () => {
    const messages = await printed('children.py', `CODE = ${JSON.stringify(SIGNALS)}\n${CHILD}`);
    expect(messages.join('').replaceAll(/[^x]/g, '')).toHaveLength(6_000_000);
  });

  it('is there when the process ends at once, half a line too', async () => {
    await write({ 'ends.py': 'import os\nprint("a line")\nprint("half", end="")\nos._exit(3)' });
    const observed = newObserved();
    await expect(runFile({ script: 'ends.py' }, { observed })).rejects.toMatchObject({ code: 'SCRIPT_FAILED' });
    expect(observed.logs.map(({ message }) => message)).toEqual(['a line', 'half']);
  });
});
