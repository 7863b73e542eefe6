import { OUTPUT_REF_PREFIX } from '../../shared/domain/output-ref.ts';
import type { OutputRef } from '../../shared/schemas/execution.ts';
import { sha256 } from '../sha256.ts';

/** Whose output it is: one try of one step of one attempt. */
export interface OutputAddress {
  executionId: string;
  attempt: number;
  stepId: string;
  try: number;
}

const keyOf = (workspaceId: string, path: string): string => `outputs/${workspaceId}/${path}`;

/** Outputs that are too large for the state, in R2. A try's output is written once; writing it again changes nothing. */
export function createOutputStore(bucket: R2Bucket) {
  return {
    /** Stores JSON text; the reference says where. */
    async put(workspaceId: string, address: OutputAddress, json: ArrayBuffer): Promise<OutputRef> {
      const path = [address.executionId, address.attempt, address.stepId, address.try].join('/');
      const hash = await sha256(json);
      const httpMetadata = { contentType: 'application/json' };
      await bucket.put(keyOf(workspaceId, path), json, { sha256: hash, httpMetadata });
      return { $ref: OUTPUT_REF_PREFIX + path, size: json.byteLength, sha256: hash };
    },

    /** The stored JSON text as a stream; null when there is none under this reference. */
    async open(workspaceId: string, ref: string): Promise<R2ObjectBody | null> {
      return ref.startsWith(OUTPUT_REF_PREFIX)
        ? bucket.get(keyOf(workspaceId, ref.slice(OUTPUT_REF_PREFIX.length)))
        : null;
    },

    /** Removes every output of an execution. */
    async removeAll(workspaceId: string, executionId: string): Promise<void> {
      const prefix = keyOf(workspaceId, `${executionId}/`);
      for (let page = await bucket.list({ prefix }); page.objects.length > 0; page = await bucket.list({ prefix }))
        await bucket.delete(page.objects.map((object) => object.key));
    },
  };
}

export type OutputStore = ReturnType<typeof createOutputStore>;
