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
  ])('are shown as a terminal does: %s', (_name, text, entries) => {
    expect(entriesOfAnyCut(text)).toEqual(entries);
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
