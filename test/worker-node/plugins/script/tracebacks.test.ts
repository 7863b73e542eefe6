import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutputLog } from '../../../../worker-node/plugins/script/output-log.ts';

const PLAIN = `Traceback (most recent call last):
  File "train.py", line 3, in <module>
    fit()
    ^^^^^
  [Previous line repeated 995 more times]
ValueError: bad row 7`;

const CHAINED = `Traceback (most recent call last):
  File "train.py", line 3, in <module>
    int("x")
ValueError: two
lines

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "train.py", line 5, in <module>
    raise KeyError("k")
KeyError: 'k'`;

const GROUP = `  + Exception Group Traceback (most recent call last):
  |   File "train.py", line 1, in <module>
  |     raise ExceptionGroup("many", [ValueError(1)])
  | ExceptionGroup: many (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +------------------------------------`;

const REMOTE = `multiprocessing.pool.RemoteTraceback: 
"""
${PLAIN}
"""

The above exception was the direct cause of the following exception:

${PLAIN}`;

const NODE = `file:///steps/train.mjs:3
  throw new Error('boom');
        ^

Error: boom
    at train (file:///steps/train.mjs:3:9) {
  code: 'X',
  [cause]: 7
}

Node.js v24.21.0`;

const UNCOMPILED = `  File "/steps/child.py", line 2
    def f(:
          ^
SyntaxError: invalid syntax`;

const LOGGED = `Error: boom
in two lines
    at train (file:///steps/train.mjs:3:9)
    at async file:///steps/train.mjs:9:1 {
  code: 'X',
  [cause]: TypeError: inner
      at train (file:///steps/train.mjs:2:9)
}`;

const CALLS = `could not load: TypeError [ERR_INVALID_ARG_TYPE]: The "path" argument must be a string
    at train (file:///steps/train.mjs:3:9)
    at node:internal/main:1:1`;

const JAVA = `Exception in thread "main" java.lang.IllegalStateException: boom
\tat a.B.c(B.java:3)
Caused by: java.io.IOException: gone
\tat a.B.d(B.java:9)
\t... 1 more`;

const FAULT = `Fatal Python error: Segmentation fault

Thread 0x00007f2b0c9fe640 (most recent call first):
  File "/steps/a.py", line 3 in wait

Current thread 0x00007f2b0d1ff740 [python] (most recent call first):
  File "/steps/a.py", line 9 in <module>

Extension modules: numpy.core, torch._C (total: 2)`;

const TASK = `Task exception was never retrieved
future: <Task finished name='Task-2' coro=<f() done> exception=ValueError('bad row 7')>
${PLAIN}`;

const prefixed = (prefix: string, text: string) => text.replace(/^/gm, prefix);

function newLog() {
  const entries: string[] = [];
  return { entries, output: new OutputLog({ log: (_level, message) => entries.push(message) }) };
}

function entriesOf(text: string, said?: string) {
  const { entries, output } = newLog();
  output.stderr(text);
  output.end(said);
  return entries;
}

describe('a traceback', () => {
  it.each([
    ['of an exception', PLAIN],
    ['of a chain of exceptions', CHAINED],
    ['of a group', GROUP],
    ['of a thread', `Exception in thread Thread-1 (work):\n${PLAIN}`],
    ['of another process', REMOTE],
    ['of Node', NODE],
    ['of a file that cannot be compiled', UNCOMPILED],
    ['of an error that is logged', LOGGED],
    ['of an error that is logged behind a text', CALLS],
    ['of Java', JAVA],
    ['of a crash', FAULT],
    ['of a stack that is asked for', 'Stack (most recent call first):\n  File "a.py", line 3 in f'],
    ['that nobody could catch', `Exception ignored in: <function A.__del__ at 0x7f>\n${PLAIN}`],
    [
      'that nobody could catch: Python 3.14',
      `Exception ignored while calling deallocator <function A.__del__>:\n${PLAIN}`,
    ],
    ['of a task', TASK],
    ['of a logger', `--- Logging error ---\n${PLAIN}`],
    ['of a rank of torchrun', prefixed('[rank0]: ', PLAIN)],
    ['of a rank of mpirun', prefixed('[1,3]<stderr>:', CHAINED)],
  ])('%s is one entry, between what is printed before and after', (_name, traceback) => {
    expect(entriesOf(`before\n${traceback}\nafter\n`)).toEqual(['before', traceback, 'after']);
  });

  it('follows another one', () => {
    expect(entriesOf(`${PLAIN}\n${NODE}\n${PLAIN}\n`)).toEqual([PLAIN, NODE, PLAIN]);
  });

  it('holds all lines of the message that ended the process, and none behind it', () => {
    const traceback = `${PLAIN}\nin column 2\n\nhint: none`;
    expect(entriesOf(`${traceback}\ngood bye\n`, 'ValueError: bad row 7\nin column 2\n\nhint: none')).toEqual([
      traceback,
      'good bye',
    ]);
  });

  it('begins anew behind a bar that it interrupted', () => {
    const { entries, output } = newLog();
    output.stderr(`\r 10%|#\r 20%|##${PLAIN}\n`);
    output.end();
    expect(entries).toEqual([' 20%|##', PLAIN]);
    expect(output.stderrTail()).toBe(PLAIN);
  });

  it('of each of several ranks is one entry, though their lines come mixed', () => {
    const ranks = ['[rank0]: ', '[rank1]: '].map((prefix) => prefixed(prefix, PLAIN));
    const [first = [], second = []] = ranks.map((text) => text.split('\n'));
    const mixed = first.flatMap((line, at) => [line, second[at]]).join('\n');
    expect(entriesOf(`[rank0]: begin\n${mixed}\n`)).toEqual(['[rank0]: begin', ...ranks]);
  });

  it('of up to 64 KiB is one entry', () => {
    const long = PLAIN.replace('fit()', 'f'.repeat(99).concat('\n    ').repeat(600));
    expect(entriesOf(`${long}\n`)).toEqual([long]);
  });

  it('is put together in no time that grows with its length', () => {
    const { output, entries } = newLog();
    output.stderr(`Traceback (most recent call last):\n${' \n'.repeat(400_000)}`);
    output.stderr('Error: x\n'.repeat(99_000));
    output.end();
    expect(entries.length).toBeGreaterThan(1);
  });

  it('longer than an entry comes in parts', () => {
    const long = PLAIN.replace('fit()', '😀'.repeat(50).concat('\n    ').repeat(400));
    const entries = entriesOf(`${long}\n`);
    expect(entries.length).toBe(2);
    expect(entries.join('')).toBe(long);
    expect(entries.every((entry) => entry.isWellFormed())).toBe(true);
  });

  it.each([
    ['a path', ['/steps/train.mjs:3', 'is', 'the file']],
    ['a path at the end', ['/steps/train.mjs:3', 'is']],
    ['a head', ['Exception in thread Main', 'is all']],
    ['an error without calls', ['Error: boom', 'going on', 'ValueError: 1', 'Error: at last']],
    ['a place', ['  File "a.py", line 3', 'is the place']],
    ['a place with a source', ['  File "a.py", line 3', '    x = 1', 'is the place']],
    ['many lines of a message', ['Error: these follow', ...Array.from({ length: 30 }, (_, n) => `line ${n}`)]],
    ['a prefix', ['[INFO]: ValueError: x', '[INFO]: going on']],
  ])('is not seen in %s', (_name, lines) => {
    expect(entriesOf(`${lines.join('\n')}\n`)).toEqual(lines);
  });
});

describe('while the process runs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('a traceback is shown after a moment, and lines behind it too', () => {
    const { entries, output } = newLog();
    output.stderr(`${PLAIN}\ngoing on\n`);
    expect(entries).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(entries).toEqual([PLAIN, 'going on']);
    output.stderr('later\n');
    expect(entries).toEqual([PLAIN, 'going on', 'later']);
    output.end();
  });
});
