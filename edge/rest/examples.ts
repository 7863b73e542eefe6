/** What the documentation shows per operation; tests hold each against its schema. */
export const EXAMPLES: Readonly<Record<string, { request?: object; response: object }>> = {};
