import { once } from 'node:events';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail } from './fail.ts';
import { keysFile } from './local-keys.ts';
import { ROOT } from './project.ts';
import { LOCAL_JSON, PREFERRED_PORTS, startProjectStack } from './project-stack.ts';
import type { Stack, StackModules } from './stack.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { userPath } from './user-path.ts';

/** A command that runs the stack of this checkout until it is told to stop. */
export interface StackCommand {
  /** First lines of the help. */
  help: string;
  defaultDataDir: string;
  modules?: Partial<StackModules>;
}

const optionsHelp = (dataDir: string): string => `
  --port N           port of the API (default ${PREFERRED_PORTS.edge}; when it is taken, another is used)
  --data-dir DIR     where state is kept across restarts (default ${dataDir})
  --project-dir DIR  where relative paths in configs begin (default: this checkout)
  --ephemeral        keep state in memory, and only until the end
  --help
`;

function readOptions(defaultDataDir: string) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(PREFERRED_PORTS.edge) },
      'data-dir': { type: 'string' },
      'project-dir': { type: 'string', default: ROOT },
      ephemeral: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}"`);
  }
  if (values.ephemeral && values['data-dir'] !== undefined) {
    throw new Error('--ephemeral and --data-dir exclude each other');
  }
  if (values['data-dir'] === '') throw new Error('--data-dir takes a folder');
  const projectDir = resolve(values['project-dir']);
  if (!statSync(projectDir, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`--project-dir takes a folder, and ${projectDir} is none`);
  const dataDir = values.ephemeral ? undefined : resolve(values['data-dir'] ?? defaultDataDir);
  return { help: values.help, port, dataDir, projectDir };
}

/** One line per thing that happens, with the seconds since the command began. */
function say(text: string): void {
  const seconds = (performance.now() / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
}

const summary = ({ url, api_key, temporal, engine, pids, dataDir }: Stack): string => `
  API          ${url}/v1/workflows
  reference    ${url}/docs
  Temporal     ${engine}
  Temporal UI  ${temporal.ui ?? 'not known (set WF_TEMPORAL_UI)'}
  API key      ${api_key}
               in ${userPath(LOCAL_JSON)} while this runs, as "api_key"; kept in ${userPath(keysFile(dataDir))}
  logs         ${dataDir}/logs
  processes    edge ${pids.edge}, worker ${pids.worker}${pids.temporal === null ? '' : `, temporal ${pids.temporal}`}

  curl -H 'Authorization: Bearer ${api_key}' ${url}/v1/workflows

Ctrl-C stops everything.
`;

export async function runStackCommand({ help, defaultDataDir, modules }: StackCommand): Promise<never> {
  const usage = `${help}${optionsHelp(defaultDataDir)}`;
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(defaultDataDir);
  } catch (error) {
    fail(new Error(`${(error as Error).message}\n\n${usage}`));
  }
  if (options.help) {
    process.stdout.write(usage);
    process.exit(0);
  }

  let stack: Stack | undefined;
  const request = stopOnSignals(() => stack, say);
  try {
    stack = await startProjectStack({
      lasting: true,
      dataDir: options.dataDir,
      projectDir: options.projectDir,
      ports: { ...PREFERRED_PORTS, edge: options.port },
      say,
      signal: request.signal,
      modules,
    });
  } catch (error) {
    if (!request.signal.aborted) fail(error);
    say('stopped');
    process.exit(request.exitCode());
  }
  process.stdout.write(summary(stack));
  if (!request.signal.aborted) await once(request.signal, 'abort');
  await stack.stop();
  say('stopped');
  process.exit(0);
}
