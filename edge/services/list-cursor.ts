import { type AppError, violationsError } from '../../shared/errors.ts';

/** Where a page of a list ended: the sort key of its last item. */
export interface Position {
  createdAt: string;
  id: string;
}

const SEPARATOR = '~';

/** Opaque to callers, so that the order of a list may change. */
export const encodeCursor = ({ createdAt, id }: Position): string => btoa(`${createdAt}${SEPARATOR}${id}`);

/** Throws VALIDATION_ERROR for anything that no page answered. */
export function decodeCursor(cursor: string): Position {
  const [createdAt, id, ...more] = decode(cursor).split(SEPARATOR);
  if (createdAt === undefined || id === undefined || more.length > 0 || Number.isNaN(Date.parse(createdAt)))
    throw badCursor();
  return { createdAt, id };
}

function decode(cursor: string): string {
  try {
    return atob(cursor);
  } catch {
    return '';
  }
}

/** VALIDATION_ERROR for a cursor that no page answered. */
export const badCursor = (): AppError =>
  violationsError([{ code: 'VALIDATION_ERROR', path: 'cursor', message: 'is not one that a page answered' }]);
