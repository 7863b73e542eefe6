import type { ScriptEvent } from './script-event.ts';

type Part = Extract<ScriptEvent, { type: 'part' }>;

/** Characters of parts that wait for the others of their line. */
const MAX_WAITING = 8 * 1024 * 1024;
/** What a part and a line take beside their texts, in characters. */
const OVERHEAD = 100;

interface Waiting {
  of: number;
  texts: Map<number, string>;
  length: number;
}

/** Puts lines together that came in parts, each of which a pipe takes whole: those of several writers come mixed. */
export class EventParts {
  readonly #waiting = new Map<string, Waiting>();
  #length = 0;
  #dropped = 0;

  /** Lines that were given up for want of a part, or of room. */
  get lost(): number {
    return this.#dropped + this.#waiting.size;
  }

  /** The whole line with the last of its parts; a complaint of one that contradicts those before it. */
  add({ id, n, of, text }: Part): { whole?: string | undefined; complaint?: string | undefined } {
    const line = this.#waiting.get(id) ?? this.#begin(id, of);
    if (line.of !== of) return { complaint: `another part of its line says that there are ${line.of}` };
    if (line.texts.has(n)) return { complaint: `part ${n} of its line is there already` };
    line.texts.set(n, text);
    this.#grow(line, text.length);
    if (line.texts.size < of) {
      this.#makeRoom();
      return {};
    }
    this.#remove(id, line);
    return { whole: Array.from({ length: of }, (_, at) => line.texts.get(at)).join('') };
  }

  #begin(id: string, of: number): Waiting {
    const line = { of, texts: new Map<number, string>(), length: 0 };
    this.#waiting.set(id, line);
    this.#grow(line, id.length);
    return line;
  }

  #grow(line: Waiting, length: number): void {
    line.length += length + OVERHEAD;
    this.#length += length + OVERHEAD;
  }

  /** Gives up the oldest, many at a time: a map is slow to find its first where many before it were removed. */
  #makeRoom(): void {
    if (this.#length <= MAX_WAITING) return;
    for (const [id, line] of this.#waiting) {
      if (this.#length <= MAX_WAITING / 2) return;
      this.#remove(id, line);
      this.#dropped++;
    }
  }

  #remove(id: string, line: Waiting): void {
    this.#waiting.delete(id);
    this.#length -= line.length;
  }
}
