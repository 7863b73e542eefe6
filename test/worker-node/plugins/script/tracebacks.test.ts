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
