import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { InputFile } from '../protocol.ts';
import { QueryError } from '../query-error.ts';

const CHUNK = 1 << 20;
const NEWLINE = 0x0a;

/** A file that cannot be read as its options say: final, with the name that the user gave it. */
export function badInput({ source }: Pick<InputFile, 'source'>, message: string, cause?: unknown): QueryError {
  return new QueryError({ type: 'Input', code: 'INVALID_INPUT', message: `"${source}": ${message}` }, { cause });
}

/** Whether the file is compressed, by its name or its first bytes. */
export async function isGzip({ path, gzip }: Pick<InputFile, 'path' | 'gzip'>): Promise<boolean> {
  if (gzip) return true;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/** Whether the file begins with a byte order mark. */
export async function hasMark(file: InputFile): Promise<boolean> {
  for await (const chunk of readBytes(file)) return isMarked(chunk);
  return false;
}

const isMarked = (chunk: Buffer) => chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;

/**
 * The text of a file as UTF-8, without a byte order mark. Reads to the end, so that a file that is cut off, damaged or
 * encoded otherwise is an error: throws QueryError INVALID_INPUT.
 */
export async function* readText(file: InputFile): AsyncGenerator<Buffer> {
  const decode = decoderOf(file);
  for await (const chunk of readBytes(file)) {
    const text = decode(chunk, true);
    if (text.length > 0) yield text;
  }
  const rest = decode(Buffer.alloc(0), false);
  if (rest.length > 0) yield rest;
}

async function* readBytes(file: InputFile): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: CHUNK });
  if (!(await isGzip(file))) {
    yield* raw;
    return;
  }
  const unzipped = createGunzip({ chunkSize: CHUNK });
  raw.on('error', (error) => unzipped.destroy(error));
  raw.pipe(unzipped);
  try {
    yield* unzipped;
    // What follows the last member is passed over without a word.
    if (unzipped.bytesWritten < (await stat(file.path)).size)
      throw badInput(file, 'the file is damaged: something that is no gzip data stands after its gzip data');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'Z_BUF_ERROR') throw badInput(file, 'the file is cut off: its gzip data ends in the middle', error);
    if (code.startsWith('Z_')) throw badInput(file, `the file is damaged or no gzip file (${String(error)})`, error);
    throw error;
  }
}

type Decode = (chunk: Buffer, more: boolean) => Buffer;

function decoderOf(file: InputFile): Decode {
  const { encoding = 'utf-8' } = file.options;
  switch (encoding) {
    case 'utf-8':
      return checkUtf8(file);
    case 'latin-1':
      return (chunk) => Buffer.from(chunk.toString('latin1'));
    case 'windows-1252':
    case 'utf-16': {
      let decoder: InstanceType<typeof TextDecoder> | undefined;
      return (chunk, stream) => {
        // A byte order mark says which half of a character comes first; without one the lower does.
        const big = chunk[0] === 0xfe && chunk[1] === 0xff;
        decoder ??= new TextDecoder(encoding === 'utf-16' ? (big ? 'utf-16be' : 'utf-16le') : encoding, {
          fatal: true,
        });
        try {
          return Buffer.from(decoder.decode(chunk, { stream }));
        } catch (error) {
          throw badInput(file, `the file is not ${encoding}: give another \`encoding\` in its options`, error);
        }
      };
    }
  }
}

/** Hands on what it has checked; the line of what is not UTF-8 is told. */
function checkUtf8(file: InputFile): Decode {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let lines = 1;
  let first = true;
  return (chunk, stream) => {
    try {
      decoder.decode(chunk, { stream });
    } catch (error) {
      const line = lines + badLineIn(chunk);
      throw badInput(
        file,
        `line ${line} is not UTF-8: give the \`encoding\` of the file in its options, or mend it`,
        error,
      );
    }
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    const marked = first && isMarked(chunk);
    first = false;
    return marked ? chunk.subarray(3) : chunk;
  };
}

function badLineIn(chunk: Buffer): number {
  let line = 0;
  let start = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(chunk.subarray(start, at));
    } catch {
      // The line that was looked for. In the first one a character may have begun in the chunk before.
      if (line > 0) return line;
    }
    start = at + 1;
    line += 1;
  }
  return line;
}
