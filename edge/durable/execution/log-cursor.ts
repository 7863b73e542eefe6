/** Place of a log entry in the order of time. */
export interface LogCursor {
  at: number;
  id: number;
}

export const encodeLogCursor = ({ at, id }: LogCursor): string => `${at.toString(36)}.${id.toString(36)}`;

export function decodeLogCursor(text: string): LogCursor | 'bad_cursor' {
  const [, at, id] = /^([0-9a-z]{1,11})\.([0-9a-z]{1,11})$/.exec(text) ?? [];
  return at === undefined || id === undefined
    ? 'bad_cursor'
    : { at: Number.parseInt(at, 36), id: Number.parseInt(id, 36) };
}
