import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readScriptOutput } from '../../../../worker-node/plugins/script/script-output.ts';
import { run } from '../node/project.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wf-output-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newPath = () => join(folder, `output-${++files}.json`);

async function outputOf(content: string | Uint8Array) {
  const path = newPath();
  await writeFile(path, content);
  return readScriptOutput(path);
}

const refused = (message: string) => ({
  code: 'INVALID_OUTPUT',
  retryable: false,
  message: expect.stringContaining(message),
});

describe('the text of an output file', () => {
  it.each([
    ['[NaN, Infinity, -Infinity]', ['NaN', 'Infinity', '-Infinity']],
    ['{"NaN": NaN, "loss": {"x": [-Infinity]}}', { NaN: 'NaN', loss: { x: ['-Infinity'] } }],
    ['"NaN, Infinity"', 'NaN, Infinity'],
    ['\ufeff{"a": 1}', { a: 1 }],
    [' \n 7 \n', 7],
    ['9007199254740993', '9007199254740993'],
    [
      '[18446744073709551615, -9007199254740992, 9007199254740991]',
      ['18446744073709551615', '-9007199254740992', 2 ** 53 - 1],
    ],
    ['{"price": 0.12345678901234567890, "plain": 1.10}', { price: '0.12345678901234567890', plain: 1.1 }],
    ['[1e22, 1.5e300, 5e-324, 9007199254740993.0, 0e9]', [1e22, 1.5e300, 5e-324, '9007199254740993.0', 0]],
    [
      '{"a": {"x": 1}, "b": {"x": 2}, "c": [{"x": 1}, {"x": 2}]}',
      { a: { x: 1 }, b: { x: 2 }, c: [{ x: 1 }, { x: 2 }] },
    ],
    ['{"\\ud83d\\ude00": "\\ud83d\\ude00", "raw": "😀", "no": "\\\\ud83d"}', { '😀': '😀', raw: '😀', no: '\\ud83d' }],
    ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
  ])('%s is taken', async (text, output) => {
    expect(await outputOf(text)).toEqual(output);
  });

  it.each([
    ['{"a": 1,\n "b": 2, "a": 3}', 'output.a (line 2) is given twice'],
    ['[{"k": {"a": 1, "\\u0061": 2}}]', 'output[0].k.a (line 1) is given twice'],
    ['{"text": "\\ud83d"}', 'output.text (line 1) holds half of a surrogate pair'],
    ['[\n"\\ud83dx"]', 'output[0] (line 2) holds half of a surrogate pair'],
    ['{"a": {"\\udc00": 1}}', 'holds half of a surrogate pair'],
    ['{"x": [1e400]}', 'output.x[0] (line 1) is 1e400, beyond what a number can hold'],
    ['-1e999', '-1e999'],
    ['{"x": 1e-400}', 'output.x (line 1) is 1e-400'],
    ['{"a": 1} {"b": 2}', 'not JSON'],
    ['{"a": 1}\nDone.', 'not JSON'],
    ['{"a": 1', 'not JSON'],
    ["{'a': 1}", 'not JSON'],
    ['{"a": 1,}', 'not JSON'],
    ['[1, 2 // last\n]', 'not JSON'],
    ['[nan]', 'not JSON'],
    ['[+Infinity]', 'not JSON'],
    ['[01]', 'not JSON'],
    ['{"a": None}', 'not JSON'],
    [' ', 'not JSON'],
  ])('%s is refused with its place', async (text, message) => {
    await expect(outputOf(text)).rejects.toMatchObject(refused(message));
  });

  it.each([
    ['Latin-1', Buffer.from('{"city": "K\u00f6ln"}', 'latin1')],
    ['Windows-1252', Buffer.from([0x22, 0x80, 0x22])],
    ['UTF-16 with a mark', Buffer.from('\ufeff{"a": 1}', 'utf16le')],
    ['a character cut in half', Buffer.from('"😀').subarray(0, 3)],
    ['half of a surrogate pair as bytes', Buffer.from([0x22, 0xed, 0xa0, 0xbd, 0x22])],
    ['a form that is too long', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ])('bytes that are not UTF-8 are refused: %s', async (_, bytes) => {
    await expect(outputOf(bytes)).rejects.toMatchObject(refused('not UTF-8 (line 1)'));
  });

  it('names the line of bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('{"a": "ü",\n\n"b": "'), Buffer.from([0xfc]), Buffer.from('"}')]);
    await expect(outputOf(bytes)).rejects.toMatchObject(refused('line 3'));
  });

  it('is refused beyond its depth and its size', async () => {
    expect(await outputOf(`${'['.repeat(64)}1${']'.repeat(64)}`)).toBeDefined();
    const deep = `${'['.repeat(65)}1${']'.repeat(65)}`;
    await expect(outputOf(deep)).rejects.toMatchObject({ code: 'OUTPUT_TOO_DEEP', retryable: false });
    const large = Buffer.alloc(16 * 1024 * 1024 + 1, 0x20);
    await expect(outputOf(large)).rejects.toMatchObject({ code: 'OUTPUT_TOO_LARGE', retryable: false });
  });
});

describe('what is at the path of the output', () => {
  it('counts as none when it is absent or empty', async () => {
    expect(await readScriptOutput(newPath())).toBeUndefined();
    expect(await outputOf('')).toBeUndefined();
  });

  it('may be a link to a file', async () => {
    const [target, path] = [newPath(), newPath()];
    await writeFile(target, '{"a": 1}');
    await symlink(target, path);
    expect(await readScriptOutput(path)).toEqual({ a: 1 });
  });

  it.each([
    ['folder', 'a folder', (path: string) => mkdir(path)],
    ['FIFO', 'a FIFO', (path: string) => execFileSync('mkfifo', [path])],
    ['device', 'a device', (path: string) => symlink('/dev/null', path)],
    ['link to a folder', 'a folder', (path: string) => symlink(folder, path)],
    ['link to no file', 'symbolic link to a file that is not there', (path: string) => symlink('nowhere', path)],
    ['link to itself', 'cannot be read', (path: string) => symlink(path, path)],
  ])('is refused when it is a %s', async (_, message, make) => {
    const path = newPath();
    await make(path);
    const error = await readScriptOutput(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(refused(message));
    expect(String(error)).not.toContain(folder);
  });

  it('is refused when it is a socket', async () => {
    const path = newPath();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(readScriptOutput(path)).rejects.toMatchObject(refused('a socket'));
    server.close();
  });
});

describe('a script that cannot write its output', () => {
  const IN_THE_WAY = {
    code: 'INVALID_OUTPUT',
    message: 'the output is a folder: write its JSON into a file at the path in WF_OUTPUT',
    retryable: false,
  };

  it.each([
    ['mkdirSync(process.env.WF_OUTPUT); writeFileSync(process.env.WF_OUTPUT, "1")'],
    ['mkdirSync(process.env.WF_OUTPUT); console.error(`Is a directory: ${process.env.WF_OUTPUT}`); process.exit(2)'],
  ])('is told what is in the way, once: %s', async (script) => {
    const error = await run(`import { mkdirSync, writeFileSync } from 'node:fs'; ${script}`).catch((thrown) => thrown);
    expect(error).toMatchObject(IN_THE_WAY);
  });

  it('is told of its own error when that is another', async () => {
    const script = "import { mkdirSync } from 'node:fs'; mkdirSync(process.env.WF_OUTPUT); throw new Error('no disk')";
    await expect(run(script)).rejects.toMatchObject({ code: 'SCRIPT_FAILED', message: 'Error: no disk' });
  });
});
