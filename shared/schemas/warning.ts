import { z } from 'zod';

/** What is accepted, but probably not meant. Nothing that changes a result is a warning. */
export const Warning = z.object({
  code: z
    .enum(['PARAMETER_UNREAD', 'NAME_IN_USE'])
    .describe(
      'PARAMETER_UNREAD: a parameter is given that no step reads. NAME_IN_USE: another workflow has the same name.',
    ),
  message: z.string().describe('The same for people, with what was probably meant.'),
  path: z.string().optional().describe('Place in the request, such as `parameters.treshold`.'),
});
export type Warning = z.infer<typeof Warning>;

/** The field of an answer. */
export const Warnings = z
  .array(Warning)
  .describe('What was accepted, but is probably not meant; empty when there is nothing.');
