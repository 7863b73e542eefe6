/** Steps that every definition may have. */
export const steps = [{ id: 'a', plugin: 'core', operation: 'echo' }];

/** Types of a body that is not taken. */
export const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
  '',
];
