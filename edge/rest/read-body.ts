import { AppError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';
import { readBytes } from './read-bytes.ts';

/**
 * The body as the text of JSON, empty without one. Throws PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, and VALIDATION_ERROR
 * when it is not valid UTF-8.
 */
export async function readJsonText(request: Request): Promise<string> {
  const bytes = await readBytes(request, LIMITS.bodyBytes).catch(unreadable);
  if (bytes.byteLength > 0) assertJsonType(request);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', 'the body is not valid UTF-8', { cause });
  }
}

/** Of a body whose chunks are no chunks the server says what it says of a lost connection. */
function unreadable(cause: unknown): never {
  if (cause instanceof AppError) throw cause;
  throw new AppError('VALIDATION_ERROR', 'the body cannot be read to its end: its framing is broken', { cause });
}

/** Refuses a body that is declared to be something else than JSON. */
function assertJsonType(request: Request): void {
  const [type = '', ...parameters] = (request.headers.get('content-type') ?? '').toLowerCase().split(';').map(trimmed);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  if (charset && !/^charset="?utf-?8"?$/.test(charset))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', `the body must be UTF-8, not ${charset}`);
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) return;
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `the body must be application/json${type === '' ? '' : `, not ${type}`}`,
  );
}

const trimmed = (text: string) => text.trim();
