/** A string as SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What names have in common that are one name to SQL: it tells the letters of ASCII not by their case. */
export function asOneName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
