import { beforeAll, describe, expect, it } from 'vitest';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

const FAILURES = `
import copy, datetime, multiprocessing, os, pickle, subprocess, sys, threading, wf
from concurrent.futures import ProcessPoolExecutor

class Unreadable:
    def __str__(self): raise OSError("no text")
    __repr__ = __str__

class Local:
    def __reduce__(self): raise TypeError("cannot be pickled")

class OwnFailure(wf.Failure):
    def __init__(self, row):
        super().__init__("BAD_ROW", f"row {row}", retryable=False, details={"row": row})

def bad(row):
    raise wf.Failure("BAD_ROW", f"row {row}", retryable=False, details={"row": row, "odd": Local(), "when": datetime.date(2024, 2, 29)})

def own(row):
    raise OwnFailure(row)

def uncaught():
    bad(7)

def pool(function, how):
    with multiprocessing.get_context(how).Pool(2) as workers:
        workers.map(function, [7])

def executor(function, how):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(how)) as workers:
        list(workers.map(function, [7]))

def joined(how):
    process = multiprocessing.get_context(how).Process(target=uncaught)
    process.start()
    process.join()
    sys.exit(process.exitcode)

def command():
    subprocess.run([sys.executable, "-c", "import wf; raise wf.Failure('BAD_ROW', 'row 7', retryable=False, details={'row': 7})"], check=True)

class Process(multiprocessing.Process):
    def run(self):
        from_cause()

def own_process():
    process = Process()
    process.start()
    process.join()
    raise RuntimeError("the process failed")

def from_cause():
    try:
        bad(7)
    except wf.Failure as failure:
        raise RuntimeError("the load failed") from failure

def local(row):
    class Local(wf.Failure):
        pass
    raise Local("BAD_ROW", f"row {row}", retryable=False, details={"row": row})

def with_hook():
    sys.excepthook = lambda *_: print("something went wrong", file=sys.stderr)
    bad(7)

def closed():
    os.closerange(3, 50)
    bad(7)

def cleanup():
    try:
        bad(7)
    finally:
        os.remove("absent")

def replaced():
    try:
        bad(7)
    except wf.Failure:
        raise RuntimeError("another way failed") from None

def from_exit():
    try:
        bad(7)
    except wf.Failure as failure:
        raise SystemExit(2) from failure

def forked():
    process = os.fork()
    if process == 0:
        bad(7)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))

def fail(code="DIVERGED", message="loss is NaN", details=None):
    raise wf.Failure(code, message, retryable=False, details=details)

WAYS = {
    "nan": lambda: fail(details={"loss": float("nan")}),
    "date": lambda: fail(details={"when": datetime.date(2024, 2, 29)}),
    "list": lambda: fail(details=[1, 2]),
    "text": lambda: fail(details="epoch 3"),
    "big": lambda: fail(details={"seed": 2**70}),
    "set": lambda: fail(details={"rows": {1}}),
    "unreadable": lambda: fail(details={"value": Unreadable()}),
    "lower": lambda: fail(code="diverged"),
    "half": lambda: fail(message="loss is NaN \\ud83d", details={"\\udc00": "\\ud83d"}),
    "long": lambda: fail(message="x" * 70_000),
    "not a text": lambda: fail(message=ValueError("loss is NaN")),
    "large": lambda: fail(details={"rows": ["x" * 5_000] * 50}),
    "pool fork": lambda: pool(bad, "fork"),
    "pool spawn": lambda: pool(bad, "spawn"),
    "pool forkserver": lambda: pool(bad, "forkserver"),
    "pool subclass": lambda: pool(own, "fork"),
    "executor fork": lambda: executor(bad, "fork"),
    "executor spawn": lambda: executor(own, "spawn"),
    "process fork": lambda: joined("fork"),
    "process spawn": lambda: joined("spawn"),
    "process forkserver": lambda: joined("forkserver"),
    "process class": own_process,
    "command": command,
    "cause": from_cause,
    "pool local class": lambda: pool(local, "fork"),
    "executor local class": lambda: executor(local, "fork"),
    "own excepthook": with_hook,
    "closed descriptors": closed,
    "cleanup": cleanup,
    "exit": from_exit,
    "fork": forked,
    "replaced": replaced,
    "code alone": lambda: (_ for _ in ()).throw(wf.Failure("NO_ROWS", retryable=False)),
}

def run(input):
    WAYS[input["way"]]()

def travels(input):
    answers = []
    for failure in (wf.Failure("A", "m", retryable=False, details={"n": 2**60}), OwnFailure(3)):
        failure.note = "kept"
        for other in (copy.copy(failure), copy.deepcopy(failure), pickle.loads(pickle.dumps(failure))):
            answers.append([type(other) is type(failure), other.code, other.message, str(other), other.retryable, other.details, other.note])
    return answers
`;

const DIVERGED = { code: 'DIVERGED', retryable: false, message: 'loss is NaN' };
const BAD_ROW = { code: 'BAD_ROW', retryable: false, message: 'row 7', details: { row: 7 } };

describe.skipIf(!pythonIsThere)(`a Failure in Python${unavailable}`, { timeout: 60_000 }, () => {
  beforeAll(() => write({ 'failures.py': FAILURES }));
  const fail = (way: string) => runFile({ script: 'failures.py', function: 'run', input: { way } });

  it.concurrent.each([
    ['nan', { ...DIVERGED, details: { loss: 'NaN' } }],
    ['date', { ...DIVERGED, details: { when: '2024-02-29' } }],
    ['list', { ...DIVERGED, details: { value: [1, 2] } }],
    ['text', { ...DIVERGED, details: { value: 'epoch 3' } }],
    ['big', { ...DIVERGED, details: { seed: '1180591620717411303424' } }],
    ['set', { ...DIVERGED, details: { rows: '{1}' } }],
    ['unreadable', DIVERGED],
    ['lower', DIVERGED],
    ['half', { ...DIVERGED, message: 'loss is NaN \ufffd', details: { '\ufffd': '\ufffd' } }],
    ['long', { ...DIVERGED, message: expect.stringMatching(/^x+ … \(cut\)$/) }],
    ['not a text', { ...DIVERGED, message: expect.stringContaining('loss is NaN') }],
    ['large', { ...DIVERGED, details: { exit_code: 1, rows: expect.arrayContaining(['x'.repeat(5_000)]) } }],
  ])('is final whatever it holds: %s', async (way, error) => {
    await expect(fail(way)).rejects.toMatchObject(error);
  });

  it.concurrent.each([
    'pool fork',
    'pool spawn',
    'pool forkserver',
    'pool subclass',
    'executor fork',
    'executor spawn',
    'process fork',
    'process spawn',
    'process forkserver',
    'process class',
    'command',
    'cause',
    'pool local class',
    'executor local class',
    'own excepthook',
    'closed descriptors',
    'cleanup',
    'exit',
    'fork',
  ])('is final wherever it is raised: %s', async (way) => {
    await expect(fail(way)).rejects.toMatchObject(BAD_ROW);
  });

  it('keeps a code that comes without a message', async () => {
    await expect(fail('code alone')).rejects.toMatchObject({ code: 'NO_ROWS', retryable: false, message: 'NO_ROWS' });
  });

  it('does not count once another error was raised in its place, from None', async () => {
    await expect(fail('replaced')).rejects.toMatchObject({ code: 'SCRIPT_FAILED', retryable: true });
  });

  it('keeps all of it in a copy and in a pickle, a subclass as well', async () => {
    const [plain, own] = [
      [true, 'A', 'm', 'm', false, { n: '1152921504606846976' }, 'kept'],
      [true, 'BAD_ROW', 'row 3', 'row 3', false, { row: 3 }, 'kept'],
    ];
    expect(await runFile({ script: 'failures.py', function: 'travels' })).toEqual([plain, plain, plain, own, own, own]);
  });
});

describe.skipIf(!pythonIsThere)(`leaving a Python process${unavailable}`, { timeout: 60_000 }, () => {
  const LEAVE = `
import os, sys, threading, wf

def leave_from_thread():
    threading.Thread(target=lambda: os._exit(0)).start()
    threading.Event().wait()

WAYS = {
    "_exit": lambda: os._exit(0), "sys.exit": lambda: sys.exit(0), "exit": lambda: sys.exit(), "exec": lambda: os.execvp("true", ["true"]),
    "thread": leave_from_thread,
    "output": lambda: (wf.output({"half": 1}), os._exit(0)),
    "file": lambda: (open(os.environ["WF_OUTPUT"], "w").write("{}"), os._exit(0)),
}

def leave(input):
    WAYS[input["way"]]()

def answer(input):
    wf.output({"given": 1})

def fork(input):
    process = os.fork()
    if process == 0:
        return {"who": "child"}
    os.waitpid(process, 0)
    if input["ends"]:
        os._exit(0)
    return {"who": "parent"}

def again(input):
    import subprocess
    if "AGAIN" in os.environ:
        return {"who": "child"}
    command = [sys.executable, *(sys.argv if input["by"] == "argv" else sys.orig_argv[1:])]
    subprocess.run(command, env={**os.environ, "AGAIN": "1"}, check=True)
    if input["ends"]:
        os._exit(0)
    return {"who": "parent", "argv": sys.argv == [os.path.abspath(__file__)]}

def replace(input):
    if "AGAIN" in os.environ:
        return {"who": "again"}
    os.environ["AGAIN"] = "1"
    os.execv(sys.executable, sys.orig_argv)
`;
  beforeAll(() => write({ 'leave.py': LEAVE }));

  it.concurrent.each(['_exit', 'sys.exit', 'exit', 'exec', 'thread', 'output', 'file'])(
    'is no return: %s',
    async (way) => {
      await expect(runFile({ script: 'leave.py', function: 'leave', input: { way } })).rejects.toMatchObject({
        code: 'SCRIPT_FAILED',
        message: expect.stringContaining('before the function `leave` returned'),
      });
    },
  );

  it.concurrent.each([
    ['fork', {}],
    ['again', { by: 'argv' }],
    ['again', { by: 'orig_argv' }],
  ])('is no return when another process returns: %s %o', async (name, input) => {
    const call = (ends: boolean) => runFile({ script: 'leave.py', function: name, input: { ...input, ends } });
    await expect(call(true)).rejects.toMatchObject({ code: 'SCRIPT_FAILED' });
    expect(await call(false)).toEqual({ who: 'parent', ...(name === 'again' && { argv: true }) });
  });

  it('is a return of the process that takes its own place', async () => {
    expect(await runFile({ script: 'leave.py', function: 'replace' })).toEqual({ who: 'again' });
  });

  it('leaves what the function gave to output() when it returns nothing', async () => {
    expect(await runFile({ script: 'leave.py', function: 'answer' })).toEqual({ given: 1 });
  });
});
