import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventSink } from '../../../../worker-node/plugins/script/event-sink.ts';
import { createLines } from '../../../../worker-node/plugins/script/lines.ts';
import { newObserved } from '../run-operation.ts';

/** Descriptor 3 as the worker reads it. */
function newDescriptor() {
  const observed = newObserved();
  const sink = createEventSink(
    {
      log: (level, message, metadata) => observed.logs.push({ level, message, ...(metadata && { metadata }) }),
      progress: (progress) => observed.progress.push(progress),
      artifacts: { put: () => Promise.reject(new Error('none')) } as never,
    },
    '/work',
    () => undefined,
  );
  const lines = createLines(1024 * 1024, sink.line);
  const end = () => {
    lines.end();
    sink.end();
  };
  return { observed, sink, write: lines.write, end };
}

/** What the log says of these lines. */
function saidOf(...lines: string[]) {
  const { observed, write, end } = newDescriptor();
  for (const line of lines) write(`${line}\n`);
  write('{"type":"log","message":"still here"}\n');
  end();
  expect(observed.logs).toContainEqual({ level: 'INFO', message: 'still here' });
  return observed.logs.filter(({ message }) => message !== 'still here').map(({ message }) => message);
}

const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const part = (fields: object) => JSON.stringify({ type: 'part', id: 'a', n: 0, of: 2, text: '{', ...fields });

describe('an event that is nested without end', () => {
  it.each(['message', 'level', 'metadata'])('is logged, cut where it is too deep: %s', (field) => {
    const { observed, write } = newDescriptor();
    write(`{"type":"log","message":"m","${field}":${deep(200_000)}}\n`);
    expect(observed.logs).toHaveLength(1);
    expect(JSON.stringify(observed.logs)).toContain('… (cut)');
  });

  it.each([
    ['progress', 'percentage', 'percentage is no number'],
    ['usage', 'cost_usd', 'cost_usd'],
    ['artifact', 'name', 'must be texts'],
    ['part', 'id', 'must have id'],
    ['any', 'other', 'its type is none of'],
  ])('is complained of: %s', (type, field, complaint) => {
    expect(saidOf(`{"type":"${type}","${field}":${deep(200_000)}}`)).toEqual([expect.stringContaining(complaint)]);
  });

  it('keeps the code of a failure', () => {
    const { sink, write } = newDescriptor();
    write(`{"type":"error","code":"BAD_ROW","message":"\\ud800","retryable":false,"details":{"a":${deep(200_000)}}}\n`);
    expect(sink.error()).toMatchObject({ code: 'BAD_ROW', message: '\ufffd', retryable: false });
  });

  it('is complained of where it never ends', () => {
    expect(saidOf('{"a":'.repeat(150_000))).toEqual([expect.stringContaining('not JSON')]);
  });
});

describe('a part of an event', () => {
  it.each([
    { n: 200_000_000, of: 1 },
    { n: 4_294_967_294, of: 1 },
    { n: 4_294_967_293, of: 4_294_967_294 },
    { n: 0, of: 16_385 },
    { n: -1 },
    { n: 0.5 },
    { n: 2 },
    { n: 0, of: 0 },
  ])('is refused: %j', (fields) => {
    expect(saidOf(part(fields))).toEqual([expect.stringContaining('0 <= n < of <= 16384')]);
  });

  it('that comes twice is one', () => {
    const said = saidOf(part({ n: 0 }), part({ n: 0 }));
    expect(said).toEqual([
      expect.stringContaining('part 0 of its line is there already'),
      expect.stringMatching(/^Lost 1/),
    ]);
  });

  it('must agree with the others of its line', () => {
    expect(saidOf(part({ n: 0 }), part({ n: 1, of: 3 }))[0]).toContain('says that there are 2');
  });

  it('does not hold another part', () => {
    const inner = part({ id: 'b' });
    expect(saidOf(part({ text: inner.slice(0, 9) }), part({ n: 1, text: inner.slice(9) }))).toEqual([
      expect.stringContaining('came in parts'),
    ]);
  });

  it('waits for its line within bounds, whatever it holds', () => {
    const said = saidOf(...Array.from({ length: 100_000 }, (_, n) => part({ id: `${n}`, text: '' })));
    expect(said).toEqual(['Lost 100000 events of the script that came in part only.']);
  });
});

describe('whatever comes on descriptor 3', () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const event = fc.dictionary(
    fc.constantFrom(
      'type',
      'message',
      'level',
      'metadata',
      'percentage',
      'code',
      'details',
      'id',
      'n',
      'of',
      'text',
      '__proto__',
    ),
    fc.oneof(json, fc.constantFrom('log', 'progress', 'usage', 'artifact', 'error', 'part'), fc.integer(), fc.double()),
  );
  const line = fc.oneof(
    event.map((fields) => JSON.stringify(fields)),
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString()),
  );

  it('never throws, and the next event counts', () => {
    fc.assert(fc.property(fc.array(line), (lines) => void saidOf(...lines)));
  });

  it('is cut into the same lines, however it comes', () => {
    const all = (pieces: string[], maxLength: number) => {
      const found: string[] = [];
      const lines = createLines(maxLength, (text) => found.push(text));
      for (const piece of pieces) lines.write(piece);
      lines.end();
      return found;
    };
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '😀') });
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 9 }), (whole, max) => {
        expect(all([...whole], max)).toEqual(all([whole], max));
      }),
    );
  });

  it('comes as a line a byte at a time', () => {
    const { observed, write } = newDescriptor();
    const bytes = `{"type":"log","message":"${'x'.repeat(1_000_000)}"}\n`;
    for (const byte of bytes) write(byte);
    expect(observed.logs).toHaveLength(1);
  });

  it('may be a million empty lines', () => {
    expect(saidOf('\n'.repeat(1_000_000)).at(-1)).toContain('999991 more invalid events');
  });
});
