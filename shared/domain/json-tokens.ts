/** Only a text with this can hold half a character: UTF-8 has no form for it. */
export const ESCAPED_SURROGATE = /\\u[dD][89a-fA-F]/;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Index after the number that starts at `start`, or `start` when there is none. */
export function endOfNumber(text: string, start: number): number {
  const first = text.charCodeAt(start) === 0x2d ? start + 1 : start;
  if (!isDigit(text.charCodeAt(first))) return start;
  let end = first + 1;
  while (isOfNumber(text.charCodeAt(end))) end++;
  return end;
}

const isOfNumber = (code: number): boolean =>
  isDigit(code) || code === 0x2e || code === 0x65 || code === 0x45 || code === 0x2b || code === 0x2d;

/** Index of the closing quote of the string that opens at `start`; the end of the text when there is none. */
export function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
