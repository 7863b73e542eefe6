/** The later of two times, the second of which may be missing: ISO timestamps of one form compare as text. */
export const later = (a: string, b: string | null): string => (b !== null && b > a ? b : a);
