// Crockford's base 32: digits and letters that nobody mistakes for one another, in the order of their codes.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const TIME_DIGITS = 10;

/** Random text of `length` characters, 5 bits each. */
export function randomText(length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => ALPHABET[byte % 32]).join('');
}

/** `{prefix}_{time}{random}`: ids of one prefix sort by the millisecond `now` (ISO 8601) at which they were made. */
export function timeOrderedId(prefix: 'exec' | 'key' | 'req', now: string): string {
  let rest = Date.parse(now);
  let time = '';
  for (let digit = 0; digit < TIME_DIGITS; digit++) {
    time = ALPHABET[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${time}${randomText(10)}`;
}

/** Whether it can be the id of an execution; asking for anything else wakes no Durable Object. */
export const canBeExecutionId = (id: string): boolean => /^exec_[0-9A-Za-z_-]{1,100}$/.test(id);

/** `wf_{slug}_{random}`: the name in lower-case ASCII for people, 40 random bits for identity. */
export function workflowId(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 40)
    .replace(/^_+|_+$/g, '');
  return slug === '' ? `wf_${randomText(8)}` : `wf_${slug}_${randomText(8)}`;
}
