import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutputLog } from '../../../../worker-node/plugins/script/output-log.ts';

type Stream = 'stdout' | 'stderr';

function newLog() {
  const entries: string[] = [];
  const output = new OutputLog({ log: (_level, message) => entries.push(message) });
  return { entries, output };
}

/** The entries of what is printed in these pieces. */
function entriesOf(pieces: string[], stream: Stream = 'stderr') {
  const { entries, output } = newLog();
  for (const piece of pieces) output[stream](piece);
  output.end();
  return entries;
}

/** As above, of every way to cut the text in two. */
function entriesOfAnyCut(text: string): string[] {
  const whole = entriesOf([text]);
  for (let at = 1; at < text.length; at++) expect(entriesOf([text.slice(0, at), text.slice(at)])).toEqual(whole);
  return whole;
}

describe('printed lines', () => {
  it.each<[string, string, string[]]>([
    ['line feeds end lines, with a carriage return or without', 'a\nb\r\n\nc', ['a', 'b', '', 'c']],
    ['a carriage return begins the line anew', '\r1/3\r2/3\r3/3\nnext\n', ['3/3', 'next']],
    ['a bar that ends with carriage returns', '1/2\r2/2\r', ['2/2']],
    ['a bar that ends with a Windows line end', '1/2\r2/2\r\r\n', ['2/2']],
    ['a bar that is wiped out at its end', '\r50%\r    \rdone\n', ['done']],
    ['a line that is erased by a code', 'half\u001b[2K\rwhole\n', ['whole']],
    ['a cursor that is set to the first column', 'half\u001b[1Gwhole\n', ['whole']],
    ['colours', '\u001b[1;31mred\u001b[0m and \u001b[38;2;1;2;3mblue\u001b[m\n', ['red and blue']],
    ['a link', '\u001b]8;;https://a.example\u001b\\text\u001b]8;;\u0007 end\n', ['text end']],
    ['a title and a charset', '\u001b]0;title\u0007a\u001b(Bb\n', ['ab']],
    ['a code that is never finished', '\u001b]0;title\nnext\n', ['', 'next']],
    ['a spinner of backspaces', 'work |\b/\b-\b\\\n', ['work \\']],
    ['backspaces at the end', 'abc\b\b\n', ['abc']],
    ['backspaces over whole characters', 'a😀\bb\n', ['ab']],
    ['a bell and a NUL', 'a\u0007b\u0000c\n', ['abc']],
    ['tabs', 'a\tb\n', ['a\tb']],
    ['form feeds and vertical tabs', 'a\fb\vc\n', ['a', 'b', 'c']],
    ['a cursor that goes left', 'abcdef\u001b[3DX\n', ['abcXef']],
    ['a cursor that goes left past the first column', '10%\u001b[1000D20%\n', ['20%']],
    ['a cursor that goes right', 'abc\r\u001b[2CX\n', ['abX']],
    ['a cursor that goes right of the line', 'abc\u001b[2CX\n', ['abc  X']],
    ['a cursor that is set to a column', 'abcdef\u001b[3GX\n', ['abXdef']],
    ['a cursor that is kept and put back: DEC', 'at \u001b71%\u001b82%\n', ['at 2%']],
    ['a cursor that is kept and put back: ANSI', 'at \u001b[s1%\u001b[u2%\n', ['at 2%']],
    ['a line whose end is erased', 'abcdef\u001b[3D\u001b[K\n', ['abc']],
    ['a line whose start is erased', 'abcdef\u001b[3D\u001b[1KX\n', ['   Xef']],
    ['a line that is erased where the cursor stands', 'abc\u001b[2KX\n', ['   X']],
    ['lines that end in an erasure', 'a\u001b[K\nb\u001b[m\u001b[K\n', ['a', 'b']],
    ['accents that are characters of their own', 'e\u0301x\by\n', ['e\u0301y']],
    ['a cursor that stays down', 'a\u001b[Bb\n', ['a', ' b']],
    ['a block of two lines that is redrawn', 'a 1\nb 1\n\u001b[2Aa 2\nb 2\nend\n', ['a 1', 'b 1', 'a 2', 'b 2', 'end']],
    ['a line of a block that did not change', 'a 1\nb\n\u001b[2Aa 2\nb\nend\n', ['a 1', 'b', 'a 2', 'end']],
    ['a line that is written over the one before', 'wait\n\u001b[Fdone\n', ['wait', 'done']],
    ['a line that is written over the one before: index', 'wait\n\u001bM\rdone\n', ['wait', 'done']],
    ['a screen that is drawn anew', 'a 1\nb 1\n\u001b[H\u001b[2Ja 2\nb 2\n', ['a 1', 'b 1', 'a 2', 'b 2']],
    ['a cursor that is sent where it is', 'a\u001b[9;2Hb\n', ['ab']],
    ['a code of another kind', 'a\u001b[?25l\u001b[>4;1mb\n', ['ab']],
  ])('are shown as a terminal does: %s', (_name, text, entries) => {
    expect(entriesOfAnyCut(text)).toEqual(entries);
  });

  const blocks = (count: number, draw: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => draw(n)).join('');

  it.each([
    [
      'lines that the cursor goes up to',
      blocks(100, (n) => `${n ? '\u001b[2A' : ''}\u001b[2Ka ${n}\n\u001b[2Kb ${n}\n`),
      ['a 99', 'b 99'],
    ],
    ['bars below one another', blocks(600, (n) => `\router ${n}\n\rinner ${n}\u001b[A`), ['outer 599', 'inner 599']],
    [
      'lines that are erased one by one',
      blocks(100, (n) => `${n ? '\u001b[2K\u001b[1A\u001b[2K\u001b[1A\u001b[2K\u001b[G' : ''}a ${n}\nb ${n}\n`),
      ['a 99', 'b 99'],
    ],
    ['a place that is kept', `\u001b7${blocks(100, (n) => `\u001b8\u001b[Ja ${n}\nb ${n}\n`)}`, ['a 99', 'b 99']],
    ['a screen that is cleared', blocks(100, (n) => `\u001b[H\u001b[2Ja ${n}\nb ${n}\n`), ['a 99', 'b 99']],
  ])('of a block that is redrawn are shown first and last, and before what comes below: %s', (_name, text, last) => {
    const entries = entriesOf([`${text}\n\nend\n`]).filter((entry) => entry !== '');
    expect(entries.slice(-3)).toEqual([...last, 'end']);
    expect(entries.length).toBeLessThanOrEqual(5);
  });

  it('that an error writes over a block are a traceback', () => {
    const traceback = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: 1';
    const { entries, output } = newLog();
    output.stderr(`\router 1\n\rinner 1\n\rinmost\u001b[A\u001b[A${' '.repeat(3)}${traceback}\n`);
    output.end();
    expect(entries).toContain(traceback);
    expect(output.stderrTail()).toContain('ValueError: 1');
  });

  it('of 64 KiB are one entry', () => {
    for (const text of ['a'.repeat(65_536), 'ä'.repeat(32_768), `\r${'b'.repeat(65_536)}`])
      expect(entriesOf([`${text}\n`])).toEqual([text.trim()]);
  });

  it('longer than a message come in parts that joined are what was printed', () => {
    for (const [text, piece] of [
      [`${'a'.repeat(21_844)}${'😀'.repeat(10)}`, 1_000],
      ['😀é'.repeat(1_700_000), 65_536],
    ] as const) {
      const pieces = Array.from({ length: Math.ceil(text.length / piece) }, (_, n) =>
        text.slice(n * piece, (n + 1) * piece),
      );
      const entries = entriesOf([...pieces, '\nnext\n'], 'stdout');
      expect(entries.at(-1)).toBe('next');
      expect(entries.slice(0, -1).join('') === text).toBe(true);
      for (const entry of entries) {
        expect(Buffer.byteLength(entry)).toBeLessThanOrEqual(64 * 1024);
        expect(entry.isWellFormed()).toBe(true);
      }
    }
  });

  it('past 100,000 are counted, not logged', () => {
    const { entries, output } = newLog();
    output.stdout('x\n'.repeat(99_999));
    output.stderr('y\n'.repeat(3));
    output.end();
    expect(entries).toHaveLength(100_001);
    expect(entries.at(-1)).toBe('2 further lines were left out: of what a try prints, 100000 lines are logged.');
    expect(output.stderrTail()).toBe('y\ny\ny');
  });
});

describe('the end of stderr', () => {
  it('holds lines, not bars', () => {
    const { output } = newLog();
    output.stderr(`out of memory\n${Array.from({ length: 2_000 }, (_, n) => `\rtrain ${n}`).join('')}\n`);
    output.end();
    expect(output.stderrTail()).toBe('out of memory');
  });

  it('is a bar when nothing else was printed', () => {
    const { output } = newLog();
    output.stderr('\r1%\r2%');
    output.end();
    expect(output.stderrTail()).toBe('2%');
  });

  it('is not cut inside a character', () => {
    const { output } = newLog();
    output.stderr(`${'😀'.repeat(3_000)}!`);
    output.end();
    expect(output.stderrTail()).toBe(`${'😀'.repeat(1_999)}!`);
  });
});

describe('while the process runs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('half a line is shown after a moment, and once', () => {
    const { entries, output } = newLog();
    output.stdout('Name: ');
    expect(entries).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(entries).toEqual(['Name: ']);
    output.stdout('Ada\nagain: ');
    vi.advanceTimersByTime(1_000);
    output.stdout('\nend\n');
    output.end();
    expect(entries).toEqual(['Name: ', 'Ada', 'again: ', 'end']);
  });

  it('a bar is shown about once a second, and its last state once', () => {
    const { entries, output } = newLog();
    for (let n = 0; n <= 20; n++) {
      output.stderr(`\rEpoch 1: ${n}/20`);
      vi.advanceTimersByTime(100);
    }
    vi.advanceTimersByTime(5_000);
    output.stderr('\n');
    output.end();
    expect(entries).toEqual(['Epoch 1: 9/20', 'Epoch 1: 19/20', 'Epoch 1: 20/20']);
  });

  it('bars of several lines are shown about once a second each', () => {
    const { entries, output } = newLog();
    for (let n = 0; n <= 20; n++) {
      output.stderr(`\router ${n}\n\rinner ${n}\u001b[A`);
      vi.advanceTimersByTime(100);
    }
    output.end();
    expect(entries).toEqual(['outer 0', 'outer 9', 'inner 9', 'outer 19', 'inner 19', 'outer 20', 'inner 20']);
  });

  it('a spinner is shown whole each time', () => {
    const { entries, output } = newLog();
    output.stderr('work |');
    vi.advanceTimersByTime(1_000);
    output.stderr('\b/');
    vi.advanceTimersByTime(1_000);
    output.end();
    expect(entries).toEqual(['work |', 'work /']);
  });
});
