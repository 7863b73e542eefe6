import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { ERRORS, type ErrorCode } from '../../shared/errors.ts';
import { LIMITS } from '../../shared/limits.ts';

const Violation = z.object({
  code: z.string().describe('Of this violation alone.'),
  path: z.string().describe('Where it is, dotted: `steps.2.depends_on.0`. Empty for the whole request.'),
  message: z.string().describe('What is wrong, and what to do.'),
});

export const ErrorAnswer = z.object({
  success: z.literal(false).describe('Always false.'),
  error: z
    .object({
      code: z
        .enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]])
        .describe('What kind of error it is; of several violations the one that weighs most.'),
      message: z.string().describe('What is wrong, where, and what to do.'),
      details: z
        .union([z.array(Violation), z.record(z.string(), z.unknown())])
        .optional()
        .describe('Every violation, at most 1,000; or facts, by name.'),
      request_id: z.string().describe('To quote when reporting it; also the header X-Request-Id.'),
      docs: z.url().describe('Where the code is explained.'),
    })
    .describe('The same object is `error.data.error` in tRPC.'),
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
