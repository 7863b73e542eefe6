/** Cuts text that comes in pieces into lines. A line longer than `maxLength` characters comes in several parts. */
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
        onLine(rest.slice(0, maxLength));
        rest = rest.slice(maxLength);
      }
    },
    end() {
      if (rest !== '') emit(rest);
      rest = '';
    },
  };

  function emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    for (let at = 0; at === 0 || at < text.length; at += maxLength) onLine(text.slice(at, at + maxLength));
  }
}
