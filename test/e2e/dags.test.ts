import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../shared/schemas/event.ts';
import type { Execution } from '../../shared/schemas/execution.ts';
import { data, ended, start } from './api.ts';

/** Shapes of real workflows, in files beside the project; see DAGs in CONTRIBUTING.md. */
interface Shape {
  name: string;
  stats: { max_width: number; cp: number; tasks: number };
  tasks: { id: string; depends_on: string[]; runtime_s: number }[];
}

const FOLDER = process.env.WF_DAGS ?? join(import.meta.dirname, '../../../shared/dags');
const CRITICAL_PATH_MS = 3_000;
const MOST_TASKS = 550;

const shapes = existsSync(FOLDER)
  ? readdirSync(FOLDER)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Shape)
      .filter((shape) => shape.tasks.length <= MOST_TASKS)
  : [];

/** The shape as echoes that take their share of the critical path. Names in the wild are no step ids, so steps are numbered. */
function steps({ tasks, stats }: Shape) {
  const ids = new Map(tasks.map((task, i) => [task.id, `task_${i}`]));
  return tasks.map(({ id, depends_on, runtime_s }) => {
    const ms = Math.round((runtime_s / stats.cp) * CRITICAL_PATH_MS);
    return {
      id: ids.get(id),
      plugin: 'core',
      operation: 'echo',
      depends_on: depends_on.map((name) => ids.get(name)),
      config: { task: id, ...(ms > 0 && { delay: `${ms}ms` }) },
    };
  });
}

/** Longest time that the shape may take: generous, since two cores run everything. */
const bound = ({ stats }: Shape) => (stats.max_width <= 200 ? 1.5 * CRITICAL_PATH_MS + 2_000 : 4 * CRITICAL_PATH_MS);

async function events(id: string): Promise<ExecutionEvent[]> {
  const all: ExecutionEvent[] = [];
  for (;;) {
    const page = await data<ExecutionEvent[]>(
      'GET',
      `/workflows/executions/${id}/events?limit=1000&after_seq=${all.length}`,
    );
    if (page.length === 0) return all;
    all.push(...page);
  }
}

function misordered({ step_details }: Execution): string[] {
  const byId = new Map(step_details.map((step) => [step.id, step]));
  return step_details
    .filter((step) => step.depends_on.some((id) => String(byId.get(id)?.completed_at) > String(step.started_at)))
    .map((step) => step.id);
}

if (shapes.length === 0) it.skip('runs DAGs of real systems: WF_DAGS names a folder of them');

describe.skipIf(shapes.length === 0)(`real DAGs (WF_DAGS, ${FOLDER.split('/').slice(-2).join('/')})`, () => {
  it.each(shapes.map((shape) => [shape.name, shape] as const))(
    'runs every step of %s once and in order',
    async (_name, shape) => {
      const { execution_id } = await start(steps(shape));
      const execution = await ended(execution_id);
      expect(execution).toMatchObject({
        status: 'completed',
        error: null,
        progress: { completed_steps: shape.tasks.length },
      });
      expect(misordered(execution)).toEqual([]);
      const started = (await events(execution_id)).filter((event) => event.type === 'workflow.step.started');
      expect(started.map((event) => event.data.step_id).sort()).toEqual(shape.tasks.map((_, i) => `task_${i}`).sort());
      expect((execution.duration_seconds ?? Number.NaN) * 1_000).toBeLessThan(bound(shape));
    },
  );
});
