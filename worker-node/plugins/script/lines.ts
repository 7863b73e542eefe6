import { boundaryBefore } from '../../../shared/domain/clip.ts';

/** Cuts text that comes in pieces into lines. A line longer than `maxLength` comes in several parts. */
export function createLines(
  maxLength: number,
  onLine: (line: string) => void,
): { write(text: string): void; end(): void } {
  let rest = '';
  return {
    write(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) emit(line);
      while (rest.length > maxLength) {
        const at = boundaryBefore(rest, maxLength);
        onLine(rest.slice(0, at));
        rest = rest.slice(at);
      }
    },
    end() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };

  function emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    let at = 0;
    do {
      const next = boundaryBefore(text, at + maxLength);
      onLine(text.slice(at, next));
      at = next;
    } while (at < text.length);
  }
}
