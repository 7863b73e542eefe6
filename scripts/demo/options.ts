import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JsonValue } from '../../shared/schemas/json.ts';
import type { CreateWorkflowInput } from '../../shared/schemas/workflow.ts';
import { ROOT } from '../local/project.ts';

const EXAMPLES = join(ROOT, 'examples');
const DEFAULT_EXAMPLE = 'churn';

export const HELP = `npm run demo -- [options]

Runs an example workflow to its end and shows it live. Starts what is not running, and stops that again.

  --example NAME   folder below examples/ (default ${DEFAULT_EXAMPLE}; there are: ${exampleNames().join(', ')})
  --set KEY=VALUE  a parameter of the execution, VALUE as JSON or text; may be repeated
  --json           print the final execution as one JSON document on stdout
  --help
`;

export interface DemoOptions {
  example: string;
  /** The body that creates the workflow, as workflow.json says it; the API is to judge it. */
  definition: CreateWorkflowInput;
  /** Those of parameters.json, under those of --set. */
  parameters: Record<string, JsonValue>;
  json: boolean;
}

function exampleNames(): string[] {
  if (!existsSync(EXAMPLES)) return [];
  return readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'workflow.json')));
}

function parseSetting(setting: string): [string, JsonValue] {
  const at = setting.indexOf('=');
  if (at < 1) throw new Error(`--set takes KEY=VALUE, not "${setting}"`);
  const text = setting.slice(at + 1);
  try {
    return [setting.slice(0, at), JSON.parse(text) as JsonValue];
  } catch {
    // Not JSON: the text itself, so that nobody needs to quote quotes for a shell.
    return [setting.slice(0, at), text];
  }
}

/** Undefined: only the help was asked for. Throws an error that says what is wrong with the arguments. */
export function readDemoOptions(args: readonly string[]): DemoOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      example: { type: 'string', default: DEFAULT_EXAMPLE },
      set: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { example, json, help } = values;
  const settings = Object.fromEntries(values.set.map(parseSetting));
  if (help) return undefined;
  if (!exampleNames().includes(example)) {
    throw new Error(`there is no example "${example}"; there are: ${exampleNames().join(', ')}`);
  }
  const read = (file: string): unknown => JSON.parse(readFileSync(join(EXAMPLES, example, file), 'utf8'));
  const defaults = read('parameters.json') as Record<string, JsonValue>;
  const unknown = Object.keys(settings).find((name) => !(name in defaults));
  if (unknown !== undefined) {
    throw new Error(`${example} has no parameter "${unknown}"; it has: ${Object.keys(defaults).join(', ')}`);
  }
  for (const [name, value] of Object.entries(settings)) {
    const wanted = typeof defaults[name];
    if (typeof value !== wanted) throw new Error(`--set ${name}: takes a ${wanted}, not ${JSON.stringify(value)}`);
  }
  return {
    example,
    definition: read('workflow.json') as CreateWorkflowInput,
    parameters: { ...defaults, ...settings },
    json,
  };
}
