import { z } from 'zod';
import { summarizeViolations, toViolations } from '../../shared/domain/violations.ts';
import { CommandHead, EdgeFrame } from '../../shared/schemas/dispatch.ts';
import { describeError } from '../logger.ts';

export type ReadFrame =
  | { frame: EdgeFrame }
  /** `detail` says what of it could not be read. `command`: when it is one, and that much of it could be read. */
  | { frame: null; detail: string; command: CommandHead | null };

const UnreadCommand = z.object({ type: z.literal('command'), command: CommandHead });

/** Reads a frame of the edge, which may be of another version than this worker. */
export function readFrame(text: string): ReadFrame {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { frame: null, detail: describeError(error), command: null };
  }
  const parsed = EdgeFrame.safeParse(json);
  if (parsed.success) return { frame: parsed.data };
  const detail = summarizeViolations(toViolations(parsed.error, EdgeFrame));
  return { frame: null, detail, command: UnreadCommand.safeParse(json).data?.command ?? null };
}
