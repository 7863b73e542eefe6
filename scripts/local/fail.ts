/** Ends this process with an error that is for people: what went wrong, and what that came from. */
export function fail(error: unknown): never {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : '';
  process.stderr.write(`error: ${message}${reason}\n`);
  process.exit(1);
}
