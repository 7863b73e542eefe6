import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

// The casts name what JSON.parse guarantees already: depth and size are checked on the raw body, before a schema sees it.

/** Any JSON value. */
export const JsonValue = z.unknown() as unknown as z.ZodType<JsonValue>;

/** Any JSON object. */
export const JsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;
