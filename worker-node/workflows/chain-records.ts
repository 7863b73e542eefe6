import { workflowInfo } from '@temporalio/workflow';
import { loadChain, saveChain } from './activities.ts';
import type { ChainState, PackedRecord } from './chain-state.ts';
import { chunkBySize } from './json-size.ts';
import { RECORDS_PAGE_BYTES } from './run-limits.ts';

/** The attempt whose runs hand over to each other. */
export interface ChainOf {
  execution_id: string;
  attempt: number;
}

export interface SaveOptions {
  chain: ChainState;
  packed: readonly PackedRecord[];
  /** See RunLimits. */
  argumentBytes: number;
}

/** What the next run is started with. */
export interface HandOver {
  chain: ChainState;
  pages: PackedRecord[][];
}

/**
 * Makes the records ready for the next run: as an argument while they are small, else as pages at the edge, however long
 * that is away. `gone`: the edge wants the attempt no more.
 */
export async function saveRecords(of: ChainOf, options: SaveOptions): Promise<HandOver | 'gone'> {
  const { chain, packed, argumentBytes } = options;
  const small = chunkBySize(packed, argumentBytes);
  if (small.length <= 1) return { chain, pages: small };
  const pages: string[] = [];
  for (const records of chunkBySize(packed, RECORDS_PAGE_BYTES)) {
    const page = await saveChain({ ...of, run: chain.run, records });
    if (page === null) return 'gone';
    pages.push(page);
  }
  return { chain: { ...chain, pages }, pages: [] };
}

export interface LoadedRecords {
  packed: PackedRecord[];
  /** How much of history that took. */
  history: { events: number; bytes: number };
}

/** The records that the run before has handed over. */
export async function loadRecords(
  of: ChainOf,
  { run, pages }: ChainState,
  args: readonly PackedRecord[][],
): Promise<LoadedRecords> {
  const packed = args.flat();
  if (!pages) return { packed, history: { events: 0, bytes: 0 } };
  const before = workflowInfo();
  for (const page of pages) packed.push(...(await loadChain({ ...of, run, page })));
  const { historyLength, historySize } = workflowInfo();
  return {
    packed,
    history: { events: historyLength - before.historyLength, bytes: historySize - before.historySize },
  };
}
