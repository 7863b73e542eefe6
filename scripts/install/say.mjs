export const say = (text) => process.stderr.write(`${text}\n`);

export function fail(text) {
  say(`error: ${text}`);
  process.exit(1);
}
