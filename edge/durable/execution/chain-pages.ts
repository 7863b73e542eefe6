import type { ChainPageAddress } from '../execution-api.ts';
import type { Documents } from '../sqlite/documents.ts';

/**
 * What a run of the engine's chain (continue-as-new) hands to the next, when it is too large for the engine, in the
 * execution's own database: so it goes with the end of the execution, in one transaction. Writes are part of the caller's.
 */
export interface ChainPages {
  /** Keeps a page as JSON text; the same page again changes nothing. What the run before `run` started with goes. */
  save(address: ChainPageAddress, json: string): void;
  get(address: ChainPageAddress): string | null;
  clear(): void;
}

const ROOT = 'chain/';
const folder = (attempt: number, run: number): string => `${ROOT}${attempt}/${run}/`;

export function createChainPages(documents: Documents): ChainPages {
  return {
    save({ attempt, run, page }, json) {
      documents.put(folder(attempt, run) + page, json);
      // The run that saves (the one before `run`) may still be reset to its start, and then reads its own pages again.
      documents.removeAll(folder(attempt, run - 2));
    },
    get: ({ attempt, run, page }) => documents.get(folder(attempt, run) + page),
    clear: () => documents.removeAll(ROOT),
  };
}
