import { describe, expect, it } from 'vitest';
import { createEventSink } from '../../../../worker-node/plugins/script/event-sink.ts';
import { parseScriptEvent } from '../../../../worker-node/plugins/script/script-event.ts';
import { newObserved } from '../run-operation.ts';

const parse = (event: object) => parseScriptEvent(JSON.stringify(event));

describe('the level of a log event', () => {
  it.each([
    ['WARNING', 'WARN'],
    ['warn', 'WARN'],
    ['CRITICAL', 'ERROR'],
    [' fatal ', 'ERROR'],
    ['trace', 'DEBUG'],
    ['notice', 'INFO'],
    [undefined, 'INFO'],
    [10, 'DEBUG'],
    [30, 'WARN'],
    ['50', 'ERROR'],
  ])('%j is %s', (level, read) => {
    expect(parse({ type: 'log', message: 'm', level })).toEqual({
      event: { type: 'log', level: read, message: 'm' },
      complaints: [],
    });
  });

  it.each([
    ['loud', 'loud'],
    [['x'], '["x"]'],
    ['constructor', 'constructor'],
    ['', ''],
  ])('%j is INFO, and stays readable in the metadata', (level, shown) => {
    expect(parse({ type: 'log', message: 'm', level, metadata: { a: 1 } }).event).toEqual({
      type: 'log',
      level: 'INFO',
      message: 'm',
      metadata: { a: 1, level: shown },
    });
  });
});

describe('values of an event', () => {
  const metadataOf = (json: string) => {
    const { event } = parseScriptEvent(`{"type":"log","message":"m","metadata":${json}}`);
    return event?.type === 'log' ? event.metadata : undefined;
  };

  it.each([
    ['{"loss": NaN, "x": [-Infinity]}', { loss: 'NaN', x: ['-Infinity'] }],
    [
      '{"seed": 1180591620717411303424, "id": 9007199254740993}',
      { seed: '1180591620717411303424', id: '9007199254740993' },
    ],
    ['{"p": 0.12345678901234567890, "far": 1e400}', { p: '0.12345678901234567890', far: '1e400' }],
    ['{"text": "a\\ud83d", "\\udc00": 1}', { text: 'a\ufffd', '\ufffd': 1 }],
    ['[1, 2]', { value: [1, 2] }],
    ['"text"', { value: 'text' }],
    ['null', undefined],
  ])('%s is kept', (json, metadata) => {
    expect(metadataOf(json)).toEqual(metadata);
  });

  it.each([
    [{ percentage: '50' }, { percentage: 50 }],
    [{ percentage: 0, current_operation: null }, { percentage: 0 }],
    [{ percentage: null, current_operation: 7 }, { current_operation: '7' }],
  ])('progress takes %j', (fields, progress) => {
    expect(parse({ type: 'progress', ...fields })).toEqual({
      event: { type: 'progress', ...progress },
      complaints: [],
    });
  });

  it.each(['NaN', 101, -1, [], 'half'])(
    'progress of %j keeps the operation, and says what is left out',
    (percentage) => {
      const parsed = parse({ type: 'progress', percentage, current_operation: 'training' });
      expect(parsed.event).toEqual({ type: 'progress', current_operation: 'training' });
      expect(parsed.complaints).toEqual([expect.stringContaining('percentage')]);
    },
  );
});

describe('an error event', () => {
  it.each([
    [{ code: 'diverged' }, { code: 'DIVERGED' }],
    [{ code: ' bad-row 7 ' }, { code: 'BAD_ROW_7' }],
    [{ code: 'X'.repeat(300) }, { code: 'X'.repeat(100) }],
    [{ code: '7' }, { code: 'SCRIPT_FAILED', details: { code: '7' } }],
    [
      { code: 'A', details: [1, 2] },
      { code: 'A', details: { value: [1, 2] } },
    ],
    [
      { code: 'A', details: 'text' },
      { code: 'A', details: { value: 'text' } },
    ],
    [{ code: 'A', message: { a: 1 } }, { message: '{"a":1}' }],
  ])('%j keeps that it is final', (fields, error) => {
    const { event } = parse({ type: 'error', message: 'm', retryable: false, ...fields });
    expect(event).toMatchObject({ type: 'error', message: 'm', retryable: false, ...error });
  });

  it.each([
    [false, false],
    [0, false],
    ['False', false],
    [true, true],
    [undefined, true],
    [null, true],
  ])('is retryable %j: %j', (retryable, read) => {
    expect(parse({ type: 'error', message: 'm', retryable }).event).toMatchObject({ retryable: read });
  });
});

describe('codes of a terminal in an event', () => {
  const printed = '\u001b[31mloss 1\rloss 2\u001b[0m\nnext';

  it.each([
    [{ type: 'log', message: printed }, { message: 'loss 2\nnext' }],
    [{ type: 'error', message: printed }, { message: 'loss 2\nnext' }],
    [{ type: 'progress', current_operation: printed }, { current_operation: 'loss 2\nnext' }],
  ])('are not shown: %j', (event, shown) => {
    expect(parse(event).event).toMatchObject(shown);
  });
});

describe('the sink of events', () => {
  const newSink = () => {
    const observed = newObserved();
    const sink = createEventSink(
      {
        log: (level, message, metadata) => observed.logs.push({ level, message, ...(metadata && { metadata }) }),
        progress: (progress) => observed.progress.push(progress),
        artifacts: undefined as never,
      },
      '/work',
      () => undefined,
    );
    return { observed, sink };
  };
  const part = (id: string, n: number, of: number, text: string) => JSON.stringify({ type: 'part', id, n, of, text });

  it('puts lines together that came in parts, mixed and in any order', () => {
    const { observed, sink } = newSink();
    const [a, b] = ['a', 'b'].map((message) => JSON.stringify({ type: 'log', message }));
    sink.line(part('1', 1, 2, a?.slice(9) ?? ''));
    sink.line(part('2', 0, 2, b?.slice(0, 5) ?? ''));
    sink.line(part('1', 0, 2, a?.slice(0, 9) ?? ''));
    sink.line(part('2', 1, 2, b?.slice(5) ?? ''));
    sink.end();
    expect(observed.logs.map(({ message }) => message)).toEqual(['a', 'b']);
  });

  it('says how many lines came in part only', () => {
    const { observed, sink } = newSink();
    sink.line(part('1', 0, 2, '{'));
    sink.line(part('2', 1, 3, '}'));
    sink.end();
    expect(observed.logs).toEqual([{ level: 'WARN', message: expect.stringContaining('Lost 2 events') }]);
  });

  it('complains of ten invalid events, and then says how many more there were', () => {
    const { observed, sink } = newSink();
    for (let n = 0; n < 13; n++) sink.line(`no JSON ${n}`);
    sink.line('{"type":"log","message":"still here"}');
    sink.end();
    expect(observed.logs).toHaveLength(12);
    expect(observed.logs[10]).toMatchObject({ message: 'still here' });
    expect(observed.logs.at(-1)).toMatchObject({ level: 'WARN', message: expect.stringContaining('3 more') });
  });

  const BAD_ROW = { code: 'BAD_ROW', message: 'row 1 is bad', retryable: false };
  const errorOf = (...errors: object[]) => {
    const { sink } = newSink();
    for (const error of errors) sink.line(JSON.stringify({ type: 'error', ...error }));
    return sink.error();
  };

  it.each([
    "subprocess.CalledProcessError: Command '['python', 'child.py']' returned non-zero exit status 1.",
    'Error: Command failed: node child.mjs',
    'concurrent.futures.process.BrokenProcessPool: A process in the process pool was terminated abruptly',
    'RuntimeError: worker 3 died',
    'RuntimeError: exit code 1',
    'RuntimeError: the training said: row 1 is bad',
    'AssertionError',
  ])('keeps the declared failure of a child against the crash that it causes: %s', (message) => {
    expect(errorOf(BAD_ROW, { message })).toEqual(BAD_ROW);
  });

  it.each([
    'ConnectionError: refused',
    'AssertionError: loss is negative',
    'KeyError: 1',
    "FileNotFoundError: [Errno 2] No such file or directory: 'process.csv'",
  ])('tells a later error of the script by itself, and the failure of a child beside it: %s', (message) => {
    expect(errorOf(BAD_ROW, { message, details: { a: 1 } })).toEqual({
      code: 'SCRIPT_FAILED',
      message,
      retryable: true,
      details: { a: 1, child_failure: { ...BAD_ROW, details: null } },
    });
  });

  it('takes the last failure that was declared', () => {
    const own = { code: 'DIVERGED', message: 'at step 7', retryable: true };
    expect(errorOf(BAD_ROW, { message: 'KeyError: 1' }, own)).toEqual(own);
  });
});
