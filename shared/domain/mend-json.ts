/** What an escape in JSON may be: a whole character as its two halves, half a character, or anything else. */
const ESCAPE = /\\(?:ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|ud[89a-f][0-9a-f]{2}|.)/gs;

/**
 * JSON text of JSON.stringify, with U+FFFD in the place of half characters, which strict readers refuse. Older versions
 * stored such text and nothing stores it now, so nearly always this is one search for what is not there.
 *
 * @example mendJson('["\\ud83d"]') // '["\\ufffd"]'
 */
export const mendJson = (text: string): string => (text.includes('\\ud') ? text.replaceAll(ESCAPE, mendEscape) : text);

const HALF_LENGTH = '\\ud83d'.length;

const mendEscape = (found: string): string => (found.length === HALF_LENGTH ? '\\ufffd' : found);
