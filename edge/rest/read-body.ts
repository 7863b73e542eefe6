import { AppError } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';

/** The body as text. Stops reading at the byte limit, whatever Content-Length says. Throws PAYLOAD_TOO_LARGE, VALIDATION_ERROR. */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get('content-length') ?? 0) > LIMITS.bodyBytes) throw tooLarge();
  if (request.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let bytes = 0;
  let text = '';
  try {
    for await (const chunk of request.body as ReadableStream<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > LIMITS.bodyBytes) throw tooLarge();
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError)
      throw new AppError('VALIDATION_ERROR', 'the body is not valid UTF-8', { cause: error });
    throw error;
  }
}

const tooLarge = () =>
  new AppError('PAYLOAD_TOO_LARGE', `the body is over the limit of ${LIMITS.bodyBytes / 1024 / 1024} MiB`);

/** Refuses a body that is declared to be something else than JSON. Throws UNSUPPORTED_MEDIA_TYPE. */
export function assertJsonType(request: Request): void {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) return;
  throw new AppError(
    'UNSUPPORTED_MEDIA_TYPE',
    `the body must be application/json${type === '' ? '' : `, not ${type}`}`,
  );
}
