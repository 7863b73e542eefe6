import { quote } from '../../shared/domain/violations.ts';
import { AppError } from '../../shared/errors.ts';

/**
 * The body, at most `limit` bytes of it whatever Content-Length says. Throws PAYLOAD_TOO_LARGE, and UNSUPPORTED_MEDIA_TYPE
 * when it is compressed. It is read first, and as much again as the limit read and dropped: a client that is cut off while
 * it sends may never see the answer.
 */
export async function readBytes(request: Request, limit: number): Promise<ArrayBuffer> {
  const bytes = await read(request, limit);
  const encoding = request.headers.get('content-encoding') || 'identity';
  if (encoding.toLowerCase() === 'identity') return bytes;
  const message = `the body is encoded as ${quote(encoding)}: send it without Content-Encoding`;
  throw new AppError('UNSUPPORTED_MEDIA_TYPE', message);
}

async function read(request: Request, limit: number): Promise<ArrayBuffer> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > 2 * limit) throw tooLarge(limit);
  if (request.body === null) return new ArrayBuffer(0);
  // A declared length is enforced by the server: one read without a copy.
  if (declared <= limit) return request.arrayBuffer();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > 2 * limit) break;
    if (size <= limit) chunks.push(chunk);
  }
  if (size > limit) throw tooLarge(limit);
  return new Blob(chunks).arrayBuffer();
}

const tooLarge = (limit: number) =>
  new AppError('PAYLOAD_TOO_LARGE', `the body is over the limit of ${limit / 1024 / 1024} MiB`);
