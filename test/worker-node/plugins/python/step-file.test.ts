import { beforeAll, describe, expect, it } from 'vitest';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

/** Functions that hand themselves, and classes beside them, to other processes. */
const STEP = `
from __future__ import annotations
import concurrent.futures, dataclasses, inspect, multiprocessing, pickle, subprocess, sys, typing

print("imported", __name__)

@dataclasses.dataclass
class Point:
    x: typing.Optional[int] = 1

def square(x):
    return x * x

def helped(x):
    import wf
    return [x, wf.input()["how"]]

def run(input):
    how = input["how"]
    if how == "pickle":
        return pickle.loads(pickle.dumps(Point())).x
    if how == "hints":
        return sorted(typing.get_type_hints(Point))
    if how == "source":
        return inspect.getsource(square)
    if how == "executor":
        with concurrent.futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            return [point.x for point in pool.map(Point, [1, 2])]
    if how == "helper":
        code = "import wf; print(wf.input()['how'])"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    with multiprocessing.get_context(how).Pool(2) as pool:
        return pool.map(square, [1, 2, 3]) + pool.map(helped, [4])

if __name__ == "__main__":
    raise SystemExit("a function was asked for")
`;

/** What a module of ours or of Python's own would be replaced by. */
const NAMES = ['json.py', 'random.py', 'wf.py', 'wf_usage.py', 'test.py', 'class.py', 'train-v1.2.py', 'twin.py'];

describe.skipIf(!pythonIsThere)(`functions of a Python file${unavailable}`, { timeout: 60_000 }, () => {
  const files = Object.fromEntries(NAMES.map((name) => [`${name}.d/${name}`, STEP]));
  beforeAll(() =>
    write({ 'steps/par.py': STEP, ...files, 'twin.py.d/twin/__init__.py': 'raise ImportError("not this")' }),
  );

  const run = (how: string, script = 'steps/par.py') => runFile({ script, function: 'run', input: { how } });

  it.each(['fork', 'spawn', 'forkserver'])('are called in processes of multiprocessing: %s', async (how) => {
    expect(await run(how)).toEqual([1, 4, 9, [4, how]]);
  });

  it.each([
    ['pickle', 1],
    ['hints', ['x']],
    ['source', 'def square(x):\n    return x * x\n'],
    ['executor', [1, 2]],
    ['helper', 'helper\n'],
  ])('are what they are elsewhere: %s', async (how, answer) => {
    expect(await run(how)).toEqual(answer);
  });

  it.each(NAMES)('are called in other processes when the file is named %s', async (name) => {
    expect(await run('spawn', `${name}.d/${name}`)).toEqual([1, 4, 9, [4, 'spawn']]);
    expect(await run('pickle', `${name}.d/${name}`)).toBe(1);
  });

  it.each(['train.py', '01_train.py', 'train-v1.py', 'class.py'])(
    'import the files beside theirs: %s',
    async (name) => {
      const source = 'import setuptools, statistics\ndef run(input):\n    return [setuptools.OWN, statistics.OWN]';
      await write({
        [`beside/${name}`]: source,
        ...{ 'beside/setuptools.py': 'OWN = 1', 'beside/statistics.py': 'OWN = 2' },
      });
      expect(await runFile({ script: `beside/${name}`, function: 'run' })).toEqual([1, 2]);
    },
  );

  it.each(['spawn', 'forkserver'])(
    'reach the helper in children beside files named as its imports: %s',
    async (how) => {
      const twins = ['json', 'stat', 'select', 'itertools', 'datetime', 'fcntl'].map((name) => `named/${name}.py`);
      await write({
        'named/pool.py': STEP,
        ...Object.fromEntries(twins.map((name) => [name, 'raise ImportError(1)'])),
      });
      const config = { script: 'named/pool.py', function: 'run', input: { how } };
      expect(await runFile(config)).toEqual([1, 4, 9, [4, how]]);
    },
  );

  it('are found in the main module of a script, also after its last line', async () => {
    await write({
      'steps/main.py': `
import atexit, inspect, multiprocessing, pickle, sys, wf

class Point:
    pass

def work(x):
    return [__name__, wf.input()]

def late():
    assert isinstance(pickle.loads(pickle.dumps(Point())), Point)
    assert inspect.getsource(Point).startswith("class")
    print("late")

if __name__ == "__main__":
    atexit.register(late)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        wf.output([pool.map(work, [1]), sys.argv[1:], sys.modules["__main__"].__file__ == __file__])
`,
    });
    const messages: string[] = [];
    const onLog = (message: string) => messages.push(message);
    expect(await runFile({ script: 'steps/main.py', args: ['a'] }, { onLog })).toEqual([
      [['__mp_main__', {}]],
      ['a'],
      true,
    ]);
    expect(messages).toContain('late');
  });
});
