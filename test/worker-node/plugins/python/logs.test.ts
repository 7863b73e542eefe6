import { describe, expect, it } from 'vitest';
import { newObserved } from '../run-operation.ts';
import { pythonIsThere, runFile, unavailable, write } from './project.ts';

const VALUES = `
import datetime, decimal, pathlib, uuid, wf

class Silent:
    def __str__(self): raise OSError("no text")
    __repr__ = __str__

class Liar(dict):
    def items(self): raise RuntimeError("no items")

cycle = [1]
cycle.append(cycle)
VALUES = {
    "nan": float("nan"), "nested": [{"loss": [float("inf")]}],
    "date": datetime.date(2024, 2, 29), "moment": datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc),
    "decimal": decimal.Decimal("1.10"), "path": pathlib.Path("model.pt"), "uuid": uuid.UUID(int=1),
    "set": {1}, "bytes": b"x", "error": ValueError("lost"), "key": {(1, 2): 3}, "big": 2**70, "id": 2**53 + 1,
    "cycle": cycle, "silent": Silent(), "liar": Liar(a=1), "half": "a\\ud83d", "twice": {1: "a", "1": "b"},
    "complex": 1j, "function": len, "object": object,
}
`;

const SHOWN: [name: string, text: unknown][] = [
  ['nan', 'NaN'],
  ['nested', [{ loss: ['Infinity'] }]],
  ['date', '2024-02-29'],
  ['moment', '2024-02-29T00:00:00Z'],
  ['decimal', 1.1],
  ['path', 'model.pt'],
  ['uuid', '00000000-0000-0000-0000-000000000001'],
  ['set', '{1}'],
  ['bytes', "b'x'"],
  ['error', 'ValueError: lost'],
  ['key', { '(1, 2)': 3 }],
  ['big', '1180591620717411303424'],
  ['id', '9007199254740993'],
  ['cycle', [1, '<contains itself>']],
  ['silent', expect.stringContaining('Silent')],
  ['liar', expect.anything()],
  ['half', 'a\ufffd'],
  ['twice', { 1: 'a', '1 (str)': 'b' }],
  ['complex', '1j'],
  ['function', '<built-in function len>'],
  ['object', "<class 'object'>"],
];

describe.skipIf(!pythonIsThere)(`what a Python script logs${unavailable}`, { timeout: 60_000 }, () => {
  const runSource = async (source: string) => {
    await write({ 'logs.py': source });
    const observed = newObserved();
    const output = await runFile({ script: 'logs.py' }, { observed });
    return { ...observed, output };
  };

  it('is shown whatever it is, in metadata, as a message and as an operation', async () => {
    const { logs, progress, output } = await runSource(`${VALUES}
for name, value in VALUES.items():
    wf.log(name, value=value)
    wf.log(value)
    wf.progress(50, value)
wf.output({"ok": True})`);
    expect(output).toEqual({ ok: true });
    const metadata = (name: string) => logs.find(({ message }) => message === name)?.metadata?.value;
    for (const [name, text] of SHOWN) expect([name, metadata(name)]).toEqual([name, text]);
    expect(logs).toHaveLength(2 * SHOWN.length);
    expect(progress).toHaveLength(SHOWN.length);
    for (const { message } of logs) expect(message.isWellFormed()).toBe(true);
  });

  it('is kept at any level, and in any form of the call', async () => {
    const { logs, progress } = await runSource(`
import logging, wf
for level in ["WARNING", "warn", "CRITICAL", logging.ERROR, "loud", None, float("nan"), ["x"]]:
    wf.log("m", level)
wf.log()
wf.log(message="named", level="DEBUG")
wf.log("one", "INFO", "two", 3)
wf.log("own", **{"message": 1, "type": "progress", "self": 2})
wf.progress()
wf.progress(float("nan"))
wf.progress("half", "training")
wf.progress(None, None)
wf.progress(50, "x", 3, unit="rows")
wf.progress(percentage=60, current_operation="y")`);
    expect(logs.filter(({ message }) => message === 'm').map(({ level }) => level)).toEqual([
      ...['WARN', 'WARN', 'ERROR', 'ERROR', 'INFO', 'INFO', 'INFO', 'INFO'],
    ]);
    expect(logs).toContainEqual({ level: 'DEBUG', message: 'named' });
    expect(logs).toContainEqual({ level: 'INFO', message: 'one', metadata: { args: ['two', 3] } });
    expect(progress).toContainEqual({ percentage: 50, current_operation: 'x' });
    expect(progress).toContainEqual({ percentage: 60, current_operation: 'y' });
    const more = expect.objectContaining({ level: 'WARN', metadata: { unit: 'rows', args: [3] } });
    expect(logs).toContainEqual(more);
    expect(logs).toContainEqual({ level: 'INFO', message: 'own', metadata: { message: 1, type: 'progress', self: 2 } });
  });

  it('is cut where it is too long, between characters and with a mark', async () => {
    const { logs } = await runSource(`
import wf
wf.log("x" * 70_000)
wf.log("😀" * 20_000)
wf.log("large", text="ü" * 100_000, after=1)
wf.log("many", items=list(range(100_000)))
deep = 0
for _ in range(200): deep = [deep]
wf.log("deep", value=deep)
wf.log("last")`);
    const [ascii, astral, ...rest] = logs;
    for (const entry of [ascii, astral]) {
      expect(entry?.message).toMatch(/ … \(cut\)$/);
      expect(entry?.message.isWellFormed()).toBe(true);
      expect(Buffer.byteLength(entry?.message ?? '')).toBeLessThanOrEqual(64 * 1024);
    }
    expect(rest.map(({ message }) => message)).toEqual(['large', 'many', 'deep', 'last']);
    for (const { metadata } of rest.slice(0, 3)) expect(JSON.stringify(metadata)).toContain('(cut)');
  });

  it('is never cut inside a character, at whatever depth and length', async () => {
    const { logs } = await runSource(`
import wf
for before in ["", "a"]:
    deep = before + "😀" * 600
    for _ in range(33): deep = [deep]
    wf.log("deep", value=deep, set={before + "😀" * 600}, text=before + "😀" * 40_000)`);
    expect(logs).toHaveLength(2);
    for (const { metadata } of logs) {
      const shown = JSON.stringify(metadata);
      expect(shown).toContain('😀');
      expect(shown).not.toMatch(/\ufffd|\\ud83d|\p{Cs}/iu);
    }
  });

  it('takes its room alone, whatever it is made of', async () => {
    const { logs } = await runSource(`
import dataclasses, wf

@dataclasses.dataclass
class Node:
    left: object
    right: object

class Same:
    def __str__(self): return "same"

doubled = tree = 1
for _ in range(60): doubled, tree = [doubled, doubled], Node(tree, tree)
values = {
    "boxes": [[]] * 300_000, "dicts": [{}] * 300_000, "floats": [1 / 3e-200] * 100_000, "doubled": doubled, "tree": tree,
    "digits": 10 ** 50_000, "keys": {Same(): 1 for _ in range(20_000)}, "long key": {"k" * 100_000: 1}, "range": range(10**12),
    "texts": ["x" * 5_000] * 40, "escapes": "\\n" * 100_000,
}
for name, value in values.items():
    wf.log(name, value=value, after=name)
    wf.log(value)`);
    for (const { message, metadata } of logs) {
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(64 * 1024);
      if (metadata === undefined) continue;
      expect([message, metadata.after]).toEqual([message, message]);
      const size = Buffer.byteLength(JSON.stringify(metadata));
      expect(size, message).toBeGreaterThan(10_000);
      expect(size, message).toBeLessThanOrEqual(33 * 1024);
      expect(JSON.stringify(metadata)).toContain('(cut)');
    }
    expect(logs).toHaveLength(22);
  });

  it('fills its room with a text, and keeps the keys behind it', async () => {
    const { logs } = await runSource(`
import pathlib, wf
wf.log("ascii", text="x" * 40_000, after=1, more="y" * 40_000, last=True)
wf.log("wide", text="😀" * 40_000, after=1)
wf.log("fits", text="x" * 30_000, after=1)
wf.log("path", text=pathlib.Path("x" * 40_000), after=1)`);
    const [ascii, wide, fits, path] = logs.map(({ metadata }) => metadata);
    expect(ascii).toMatchObject({ after: 1, more: expect.stringMatching(/^y{100,} … \(cut\)$/), last: true });
    for (const text of [ascii?.text, path?.text]) expect(text).toMatch(/^x{31000,32768} … \(cut\)$/);
    expect(wide?.text).toMatch(/^(?:😀){7500,8192} … \(cut\)$/u);
    expect(fits).toEqual({ text: 'x'.repeat(30_000), after: 1 });
    expect([wide?.after, path?.after]).toEqual([1, 1]);
  });
});
