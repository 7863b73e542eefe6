import { boundaryBefore } from '../../../shared/domain/clip.ts';

/** Cuts text that comes in pieces into lines. A line longer than `maxLength` comes in several parts. */
export function createLines(
  maxLength: number,
  onLine: (line: string) => void,
): { write(text: string): void; end(): void } {
  let rest = '';
  return {
    write(text) {
      let at = 0;
      // Only what is new is looked at: a long line may come a byte at a time.
      for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', at)) {
        emit(rest + text.slice(at, feed));
        rest = '';
        at = feed + 1;
      }
      rest += text.slice(at);
      while (rest.length > maxLength) {
        const next = boundaryBefore(rest, maxLength);
        onLine(rest.slice(0, next));
        rest = rest.slice(next);
      }
    },
    end() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };

  function emit(line: string): void {
    let at = 0;
    do {
      const next = boundaryBefore(line, at + maxLength);
      onLine(line.slice(at, next));
      at = next;
    } while (at < line.length);
  }
}
