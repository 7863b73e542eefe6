import type { ProcessIdentity } from './process-identity.d.mts';

export type Claimed<Note> =
  /** `note` replaces what others are told. */
  { held: true; note(changed: Note): void; release(): void } | { held: false; holder: ProcessIdentity & Note };

/**
 * Takes `file` for this process until `release` or its death; `note` tells others about the holder. A dead holder's
 * claim is replaced. Claims of one process are not told apart: it must not claim the same file twice.
 */
export function claim<Note extends object>(file: string, note: Note): Claimed<Note>;

/** The living holder's identity and note. */
export function readClaim<Note extends object>(file: string): (ProcessIdentity & Note) | undefined;
