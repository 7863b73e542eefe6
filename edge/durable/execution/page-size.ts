/** A page of logs or events ends early once it is this large as JSON: what an object answers is at most 32 MiB. */
export const PAGE_CHARACTERS = 8_000_000;
