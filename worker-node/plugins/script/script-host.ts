import type { StepUsage } from '../../../shared/schemas/execution.ts';
import { type GroupEnd, runGroup } from './process-group.ts';
import { meterGroup } from './usage-meter.ts';

/** What a host is to run for one try. */
export interface ScriptJob {
  command: string;
  args: readonly string[];
  /** The whole environment: nothing of the worker's is added. */
  env: Readonly<Record<string, string>>;
  cwd: string;
}

/** How a host is told to end, and what it passes on while it runs. */
export interface ScriptIo {
  /** On abort the script is asked to end, and ended `killAfterMs()` later, asked then: a stop may leave no grace. */
  signal: AbortSignal;
  killAfterMs(): number;
  /** On abort it is ended at once. */
  killSignal: AbortSignal;
  /** Called when the script has ended, by itself or after it was asked to. */
  onEnded(asked: boolean): void;
  /** What it printed, decoded; a piece ends anywhere but inside a character. */
  onStdout(text: string): void;
  onStderr(text: string): void;
  /** What it wrote to descriptor 3. */
  onEvents(text: string): void;
  /** What it uses, measured from outside. */
  onUsage(usage: Partial<StepUsage>): void;
}

/** How the process ended that served the try. */
export type ScriptEnd = GroupEnd;

/**
 * Where the process of a try comes from. One that was there before is held to the same: nothing of another try is seen,
 * all that the script started has ended when `run` resolves, and nothing is passed on afterwards.
 */
export interface ScriptHost {
  /** Rejects when there is no process: with the abort's reason, or the system's error. */
  run(job: ScriptJob, io: ScriptIo): Promise<ScriptEnd>;
}

/** A new process for every try. */
export const freshProcess: ScriptHost = {
  async run(job, { onUsage, ...io }) {
    let stopMeter: (() => void) | undefined;
    const onSpawn = (pid: number) => {
      stopMeter = meterGroup(pid, onUsage);
    };
    try {
      return await runGroup({ ...job, ...io, onSpawn });
    } finally {
      stopMeter?.();
    }
  },
};
