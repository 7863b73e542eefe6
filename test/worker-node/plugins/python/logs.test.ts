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
    const { logs } = await runSource(`
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
wf.progress(None, None)`);
    expect(logs.filter(({ message }) => message === 'm').map(({ level }) => level)).toEqual([
      ...['WARN', 'WARN', 'ERROR', 'ERROR', 'INFO', 'INFO', 'INFO', 'INFO'],
    ]);
    expect(logs).toContainEqual({ level: 'DEBUG', message: 'named' });
    expect(logs).toContainEqual({ level: 'INFO', message: 'one', metadata: { args: ['two', 3] } });
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
});
