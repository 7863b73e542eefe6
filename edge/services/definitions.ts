import type { WorkflowDefinition } from '../../shared/schemas/workflow.ts';
import type { Blobs } from './blobs.ts';

/** Definitions up to this many UTF-16 units of JSON lie in their D1 row (at most 2 MB); larger ones in R2. */
const INLINE_LENGTH = 256 * 1024;

/** One version of one workflow. */
export interface DefinitionAddress {
  workspaceId: string;
  workflowId: string;
  version: string;
}

const keyOf = ({ workspaceId, workflowId, version }: DefinitionAddress): string =>
  `definitions/${workspaceId}/${workflowId}/${version}.json`;

/** Definitions of any size, beside the rows that hold them when they are small. */
export interface Definitions {
  /** Puts a large definition where it belongs. Answers what the row holds: the definition, or null. */
  store(address: DefinitionAddress, definition: WorkflowDefinition): Promise<WorkflowDefinition | null>;
  /** The definition of a row that was found. */
  load(address: DefinitionAddress, stored: WorkflowDefinition | null): Promise<WorkflowDefinition>;
}

/** Large definitions lie in `blobs`. */
export function createDefinitions(blobs: Blobs): Definitions {
  return {
    async store(address, definition) {
      const text = JSON.stringify(definition);
      if (text.length <= INLINE_LENGTH) return definition;
      await blobs.put(keyOf(address), text);
      return null;
    },
    async load(address, stored) {
      if (stored !== null) return stored;
      const text = await blobs.get(keyOf(address));
      if (text === null) throw new Error(`the definition ${keyOf(address)} is missing`);
      return JSON.parse(text);
    },
  };
}
