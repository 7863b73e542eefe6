import { readFile } from 'node:fs/promises';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import { WorkflowDefinition } from '../../../shared/schemas/workflow.ts';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';
import { PluginError } from '../../../worker-node/plugins/define-plugin.ts';
import type { Registry } from '../../../worker-node/plugins/registry.ts';
import { newObserved, type Observed, runOperation } from '../plugins/run-operation.ts';

export const projectDir = new URL('../../..', import.meta.url).pathname;

export interface ExampleRun {
  outputs: Record<string, JsonValue>;
  tries: Record<string, number>;
  observed: Observed;
  /** Content of a stored file. */
  read(uri: string): Promise<string>;
}

export async function readExample(name: string): Promise<{ definition: WorkflowDefinition; parameters: JsonObject }> {
  const read = async (file: string) => JSON.parse(await readFile(`${projectDir}/examples/${name}/${file}`, 'utf8'));
  return {
    definition: WorkflowDefinition.parse(await read('workflow.json')),
    parameters: await read('parameters.json'),
  };
}

/** Runs the steps of an example one after the other, in the order written, with their retries but without their pauses. */
export async function runExample(
  registry: Registry,
  { definition, parameters, dir }: { definition: WorkflowDefinition; parameters: JsonObject; dir: string },
): Promise<ExampleRun> {
  const expressions = createExpressions();
  const store = createArtifactStore({ dir });
  const counting: Record<string, number> = {};
  const run: ExampleRun = {
    outputs: {},
    tries: {},
    observed: newObserved(),
    read: async (uri) => readFile(await store.open(uri, { attempt: 1, counting }), 'utf8'),
  };
  for (const step of definition.steps) {
    const found = registry.find(step.plugin, step.operation);
    if (!found) throw new Error(`${step.plugin}.${step.operation} is unknown`);
    const config = expressions.resolve(step.config ?? {}, {
      parameters,
      steps: Object.fromEntries(
        Object.entries(run.outputs).map(([id, output]) => [id, { output, status: 'completed' }]),
      ),
      execution: {
        id: 'exec_test',
        name: null,
        attempt: 1,
        scheduled_at: null,
        created_at: '2026-01-01T00:00:00.000Z',
      },
      workflow: { id: 'wf_test', name: definition.name, version: '1.0.0' },
    });
    for (let number = 1; ; number++) {
      run.tries[step.id] = number;
      const artifacts = store.forTry({ execution: 'exec_test', attempt: 1, step: step.id, try: number, counting });
      try {
        run.outputs[step.id] = await runOperation(found.operation, config, {
          artifacts,
          projectDir,
          observed: run.observed,
          step: step.id,
          try: number,
        });
        await artifacts.seal('completed');
        counting[step.id] = number;
        break;
      } catch (error) {
        const retry =
          error instanceof PluginError && error.retryable && number < (step.retry_policy?.max_attempts ?? 1);
        if (!retry) throw error;
      } finally {
        await artifacts.dispose();
      }
    }
  }
  return run;
}
