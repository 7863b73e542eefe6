import { z } from 'zod';
import { Command } from './command.ts';

/**
 * Frames on the socket that a worker dials to `/internal/dispatch/{pool}/{shard}`; each is one JSON text message.
 * The worker has announced itself by `POST /internal/workers` before. The literal `ping` is answered by `pong`.
 */

/** Edge → worker, first frame. The worker dials the other shards when there are more. */
export const WelcomeFrame = z.object({ type: z.literal('welcome'), shards: z.int().min(1) });

/** Edge → worker. */
export const CommandFrame = z.object({ type: z.literal('command'), command: Command });

/** What even a worker of another version can read of a command: what to call it when it hands it back, and whom it concerns. */
export const CommandHead = z.object({
  id: z.string(),
  type: z.string(),
  execution_id: z.string(),
  attempt: z.int().min(1),
});
export type CommandHead = z.infer<typeof CommandHead>;

/** Edge → every worker of the pool: end the activities of this attempt that run here, now. Best effort, beside the stop command. */
export const CancelFrame = z.object({
  type: z.literal('cancel'),
  execution_id: z.string(),
  attempt: z.int(),
  graceful: z.boolean(),
});

/** Any frame from the edge to a worker. */
export const EdgeFrame = z.discriminatedUnion('type', [WelcomeFrame, CommandFrame, CancelFrame]);
export type EdgeFrame = z.infer<typeof EdgeFrame>;

/** Worker → edge, first frame. */
export const HelloFrame = z.object({ type: z.literal('hello'), worker_id: z.string().min(1).max(200) });

/** Worker → edge: done (applied, or nothing left to apply), never to be delivered again. */
export const AckFrame = z.object({ type: z.literal('ack'), command_id: z.string() });

/**
 * Worker → edge: could not be applied now (the engine is down) or read (the worker is of another version); deliver it again
 * after `retry_after_ms`, to any worker.
 */
export const NackFrame = z.object({
  type: z.literal('nack'),
  command_id: z.string(),
  retry_after_ms: z.int().min(0),
  detail: z.string(),
});

/** Any frame from a worker to the edge. */
export const WorkerFrame = z.discriminatedUnion('type', [HelloFrame, AckFrame, NackFrame]);
export type WorkerFrame = z.infer<typeof WorkerFrame>;
