import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputLog } from '../../../../worker-node/plugins/script/output-log.ts';
import { shownText } from '../../../../worker-node/plugins/script/shown-text.ts';

function entriesOf(pieces: string[]) {
  const entries: string[] = [];
  const output = new OutputLog({ log: (_level, message) => entries.push(message) });
  for (const piece of pieces) output.stderr(piece);
  output.end();
  return entries;
}

/** Pieces as large as those that a pipe gives. */
const inPieces = (text: string) => text.match(/[\s\S]{1,65536}/g) ?? [];

describe('a line that is written over and over', () => {
  const long = 'x'.repeat(20_000);

  it.each<[string, string]>([
    ['backspaces', '\by'],
    ['many backspaces', `${'\b'.repeat(50)}${'y'.repeat(50)}`],
    ['carriage returns', '\ry'],
    ['a cursor to the left', '\u001b[10000Dyyy'],
    ['a cursor to a column', '\u001b[7Gy\u001b[19999Gz'],
    ['a start that is erased', '\u001b[2Gy\u001b[19000C\u001b[1K'],
    ['an end that is erased', '\b\b\u001b[Kyy'],
    ['a line that is erased', '\u001b[2Ky'],
    ['a cursor far to the right', '\r\u001b[65535Cy'],
    ['a cursor that is kept', '\u001b7y\u001b8'],
    ['accents', 'e\u0301\b\u0301'],
    ['tabs', '\t\b\ty'],
    ['controls', 'y\u0007\u0000'],
    ['the line above', `\n\u001b[A\u001b[10000Gy`],
    ['lines above', `\u001b[60A${'y\n'.repeat(60)}`],
    ['a screen that is erased', 'y\n\u001b[H\u001b[2J'],
    ['codes that never end', '\u001b[1;1;1;1;1;1;1;1'],
    ['a place far below', '\u001b[60000B'],
  ])('is read in no time that grows with its length: %s', (_name, cycle) => {
    const entries = entriesOf(inPieces(`${long}${cycle.repeat(Math.ceil(200_000 / cycle.length))}\nend\n`));
    expect(entries.at(-1)).toMatch(/end$/);
  });

  it('costs no more in the message of an error', () => {
    expect(shownText(`${long}${'\by'.repeat(200_000)}`)).toBe(`${long.slice(1)}y`);
  });
});

describe('whatever is printed', () => {
  const code = fc.constantFrom(...'ABCDEFGHJKMPSTXfsu`@m');
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 5 }),
    fc.constantFrom(
      '\n',
      '\r',
      '\b',
      '\t',
      '\f',
      '\u001b7',
      '\u001b8',
      '\u001bM',
      '\u001bD',
      '\u001b',
      'e\u0301',
      '😀',
    ),
    fc.tuple(fc.integer({ min: 0, max: 70 }), code).map(([n, final]) => `\u001b[${n}${final}`),
  );

  it('is shown without codes, whole characters only, and never throws', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('').toWellFormed();
        for (const shown of [...entriesOf([text]), shownText(text)]) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
          expect(shown).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]/);
          expect(shown.isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it('is the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('').toWellFormed();
        expect(entriesOf([...text])).toEqual(entriesOf([text]));
      }),
    );
  });
});

describe('a text', () => {
  it.each([
    ['\u001b[31mloss 1\rloss 2\u001b[0m', 'loss 2'],
    ['one\r\ntwo\n', 'one\ntwo\n'],
    ['a\n\u001b[Ab\n\nc', 'b\n\nc'],
    ['tab\tbed', 'tab\tbed'],
    ['\u0000', ''],
    [
      Array.from({ length: 100 }, (_, n) => `\u001b[1m${n}\u001b[m`).join('\n'),
      Array.from({ length: 100 }, (_, n) => `${n}`).join('\n'),
    ],
  ])('is shown as a terminal would leave it: %j', (text, shown) => {
    expect(shownText(text)).toBe(shown);
  });
});
