import type { ScriptEvent } from './script-event.ts';

type Part = Extract<ScriptEvent, { type: 'part' }>;

/** Characters of parts that wait for the others of their line. */
const MAX_WAITING = 8 * 1024 * 1024;

/** Puts lines together that came in parts, each of which a pipe takes whole: those of several writers come mixed. */
export class EventParts {
  readonly #waiting = new Map<string, { texts: string[]; missing: number; length: number }>();
  #length = 0;
  #dropped = 0;

  /** Lines that were given up for want of a part, or of room. */
  get lost(): number {
    return this.#dropped + this.#waiting.size;
  }

  /** The whole line with the last of its parts, else undefined. */
  add({ id, n, of, text }: Part): string | undefined {
    const known = this.#waiting.get(id) ?? { texts: [], missing: of, length: 0 };
    known.texts[n] = text;
    known.missing--;
    known.length += text.length;
    this.#length += text.length;
    this.#waiting.set(id, known);
    if (known.missing > 0) {
      this.#makeRoom();
      return undefined;
    }
    this.#remove(id, known.length);
    return known.texts.join('');
  }

  #makeRoom(): void {
    for (const [id, { length }] of this.#waiting) {
      if (this.#length <= MAX_WAITING) return;
      this.#remove(id, length);
      this.#dropped++;
    }
  }

  #remove(id: string, length: number): void {
    this.#waiting.delete(id);
    this.#length -= length;
  }
}
