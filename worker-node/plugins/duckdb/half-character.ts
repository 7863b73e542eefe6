/** Half of a character that takes two UTF-16 units: it has no UTF-8 form, and DuckDB would read another character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export const holdsHalfCharacter = (text: string): boolean => LONE_SURROGATE.test(text);
