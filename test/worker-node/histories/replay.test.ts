import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, test } from 'vitest';
import { createTestWorker } from '../engine/test-worker.ts';
import { SCENARIOS } from './scenarios.ts';

/**
 * Workflow code must go on with what earlier versions of it have begun: each saved history is replayed. A change that
 * breaks one is guarded by Temporal's `patched`. `WF_RECORD=1` records the histories of new scenarios (existing files
 * stay: they are what older code made).
 */
const file = (name: string) => join(import.meta.dirname, 'saved', `${name}.binpb`);
const { History } = temporal.api.history.v1;

describe.runIf(process.env.WF_RECORD === '1')('recording', () => {
  test.each(Object.entries(SCENARIOS).filter(([name]) => !existsSync(file(name))))('%s', async (name, run) => {
    const worker = await createTestWorker();
    try {
      const id = await run(worker);
      await worker.edge.ended(id);
      const workflowId = `${id}.1`;
      const handle = worker.client.workflow.getHandle(workflowId);
      await handle.result().catch(() => undefined);
      // The first run of the chain: the one that hands over.
      const runs = [];
      for await (const { runId, startTime } of worker.client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
        runs.push({ runId, startTime });
      const first = runs.toSorted((a, b) => a.startTime.getTime() - b.startTime.getTime())[0];
      const history = await worker.client.workflow.getHandle(workflowId, first?.runId).fetchHistory();
      await mkdir(join(import.meta.dirname, 'saved'), { recursive: true });
      await writeFile(file(name), History.encode(history).finish());
    } finally {
      await worker.close();
    }
  });
});

describe('workflow code', () => {
  test.each(Object.keys(SCENARIOS))('goes on with the saved history of a run that %s', async (name) => {
    const history = History.decode(await readFile(file(name)));
    const options = { workflowBundle: { codePath: inject('workflowBundle') } };
    await Worker.runReplayHistory(options, history);
    expect(history.events.length).toBeGreaterThan(5);
  });
});
