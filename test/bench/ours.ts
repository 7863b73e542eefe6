import type { Client } from '../../shared/client.ts';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import { isCompletedExecution } from '../../shared/schemas/execution-status.ts';
import type { Work } from './work.ts';

/** Milliseconds since 1970 with fractions, on the clock that the steps' times come from. */
const wallClock = () => performance.timeOrigin + performance.now();

const echo = (id: string, value: number, depends_on: string[] = []) => ({
  id,
  plugin: 'core',
  operation: 'echo',
  depends_on,
  config: { value },
});

function steps({ workflow, size }: Work) {
  const ids = Array.from({ length: size }, (_, i) => `step_${i}`);
  return workflow === 'chain'
    ? ids.map((id, i) => echo(id, i, i === 0 ? [] : [`step_${i - 1}`]))
    : [...ids.map((id, i) => echo(id, i)), echo('join', size, ids)];
}

export interface Latencies {
  accepted: number[];
  firstStep: number[];
  eventToViewer: number[];
}

/** The same work through the API; every execution has a viewer that reads all its events. */
export function createOurs(client: Client) {
  const workflows = new Map<string, Promise<string>>();

  function workflowFor(work: Work): Promise<string> {
    const key = `${work.workflow} ${work.size}`;
    const known =
      workflows.get(key) ?? client.workflows.create.mutate({ name: key, steps: steps(work) }).then(({ id }) => id);
    workflows.set(key, known);
    return known;
  }

  async function watchToEnd(
    executionId: string,
    onEvents: (events: ExecutionEvent[]) => void = () => undefined,
  ): Promise<void> {
    for await (const { execution, events } of client.watchExecution(executionId)) {
      onEvents(events);
      if (execution.completed_at !== null && !isCompletedExecution(execution.status))
        throw new Error(`${executionId} ended ${execution.status}: ${execution.error?.message}`);
    }
  }

  async function run(work: Work): Promise<number> {
    const workflow_id = await workflowFor(work);
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: work.count }, async () => {
        const { execution_id } = await client.workflows.execute.mutate({ workflow_id });
        await watchToEnd(execution_id);
      }),
    );
    return performance.now() - begin;
  }

  /** One execution after the other, each of two steps. */
  async function latencies(samples: number): Promise<Latencies> {
    const workflow_id = await workflowFor({ workflow: 'chain', size: 2, count: 1 });
    const measured: Latencies = { accepted: [], firstStep: [], eventToViewer: [] };
    for (let i = 0; i < samples; i += 1) {
      const begin = wallClock();
      const { execution_id } = await client.workflows.execute.mutate({ workflow_id });
      measured.accepted.push(wallClock() - begin);
      await watchToEnd(execution_id, (events) => {
        const now = wallClock();
        for (const { data } of events) {
          for (const step of Object.values(data.patch.steps ?? {})) {
            const at = step.completed_at ?? step.started_at;
            if (at) measured.eventToViewer.push(now - Date.parse(at));
          }
        }
      });
      const { step_details } = await client.executions.get.query({ execution_id });
      measured.firstStep.push(Date.parse(step_details[0]?.started_at ?? '') - begin);
    }
    return measured;
  }

  return { run, latencies };
}
