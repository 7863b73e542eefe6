import { utf8Bytes } from '../../shared/domain/utf8-bytes.ts';
import type { JsonValue } from '../../shared/schemas/json.ts';

/** Bytes of a value as JSON text in UTF-8. */
export function jsonBytes(value: JsonValue | object): number {
  return utf8Bytes(JSON.stringify(value));
}

/** `items` in order, in as few lists as keep each under `maxBytes` of JSON; an item that is larger by itself has its own list. */
export function chunkBySize<T extends object>(items: readonly T[], maxBytes: number): T[][] {
  const chunks: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = jsonBytes(item) + 1;
    const last = chunks.at(-1);
    if (last && bytes <= room) last.push(item);
    else {
      chunks.push([item]);
      room = maxBytes;
    }
    room -= bytes;
  }
  return chunks;
}
