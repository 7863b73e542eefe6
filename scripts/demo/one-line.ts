import { stripVTControlCharacters } from 'node:util';

/** Text of somebody else's on one line that a terminal takes for nothing but text. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();

/** At most `width` characters; an ellipsis stands for the rest. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
