import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { ERRORS, type ErrorCode } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';

const Violation = z.object({
  code: z.string(),
  path: z.string().describe('Dotted, for example steps.2.depends_on.0.'),
  message: z.string(),
});

export const ErrorAnswer = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    details: z.union([z.array(Violation), z.record(z.string(), z.unknown())]).optional(),
    request_id: z.string(),
    docs: z.url(),
  }),
});

/** Error responses by status; the codes in `unavailable` are answered with 503, whatever the table says. */
export function describeErrors(
  codes: readonly ErrorCode[],
  unavailable: readonly ErrorCode[] = [],
): Record<`${number}`, ZodOpenApiResponseObject> {
  const byStatus = new Map<number, ErrorCode[]>();
  const add = (status: number, code: ErrorCode) => byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  for (const code of codes) add(ERRORS[code].status, code);
  for (const code of unavailable) add(ERRORS.UNAVAILABLE.status, code);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => {
      const description = list.map((code) => `\`${code}\`: ${describeCode(code)}`).join('\n\n');
      return [`${status}`, { description, content: { 'application/json': { schema: ErrorAnswer } } }];
    }),
  );
}

const describeCode = (code: ErrorCode): string =>
  code === 'PAYLOAD_TOO_LARGE' ? `over ${LIMITS.bodyBytes / 1024 / 1024} MiB.` : ERRORS[code].summary;
