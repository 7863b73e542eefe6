/** The largest place up to `at` that is not between the two halves of a character. */
export function wholeUpTo(text: string, at: number): number {
  const between = /[\uD800-\uDBFF]/.test(text.charAt(at - 1)) && /[\uDC00-\uDFFF]/.test(text.charAt(at));
  return between ? at - 1 : at;
}

/** The last `length` characters of a text at most, none of them cut in half. */
export function lastOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const at = text.length - length;
  return text.slice(wholeUpTo(text, at) === at ? at : at + 1);
}
