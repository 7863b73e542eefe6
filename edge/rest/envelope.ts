import { z } from 'zod';

/** Whether answers of this schema are pages `{data, pagination}`, which REST shows beside `success` and not inside `data`. */
export function isPage(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && 'data' in schema.shape && 'pagination' in schema.shape;
}

/** A successful answer as REST shows it. */
export function envelope(answer: unknown, schema: z.ZodType): object {
  return isPage(schema) ? { success: true, ...(answer as object) } : { success: true, data: answer };
}
