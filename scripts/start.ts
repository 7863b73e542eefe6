/** `npm start`: runs the local stack until it is told to stop. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_DATA_DIR, PREFERRED_PORTS, startProjectStack } from './local/project-stack.ts';
import type { Stack } from './local/stack.ts';
import { stopOnSignals } from './local/stop-on-signals.ts';

const HELP = `npm start -- [options]

Starts Temporal, the edge and a worker on this machine, and runs them until Ctrl-C.

  --port N         port of the API (default ${PREFERRED_PORTS.edge}; when it is taken, another is used)
  --data-dir DIR   where state is kept across restarts (default .wf/data)
  --ephemeral      keep state in memory, and only until the end
  --help
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: String(PREFERRED_PORTS.edge) },
      'data-dir': { type: 'string' },
      ephemeral: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port takes a number from 0 to 65535, not "${values.port}"`);
  if (values.ephemeral && values['data-dir'] !== undefined)
    throw new Error('--ephemeral and --data-dir exclude each other');
  const dataDir = values.ephemeral ? undefined : resolve(values['data-dir'] ?? DEFAULT_DATA_DIR);
  return { help: values.help, port, dataDir };
}

const say = (text: string): void => {
  const seconds = (performance.now() / 1_000).toFixed(1).padStart(6);
  process.stderr.write(`${seconds} s  ${text}\n`);
};

function fail(error: unknown): never {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exit(1);
}

const summary = ({ url, api_key, temporal, pids }: Stack): string => `
  API          ${url}/v1/workflows
  reference    ${url}/docs
  Temporal UI  ${temporal.ui ?? 'not known (set WF_TEMPORAL_UI)'}
  API key      ${api_key}
  processes    edge ${pids.edge}, worker ${pids.worker}${pids.temporal === null ? '' : `, temporal ${pids.temporal}`}

  curl -H 'Authorization: Bearer ${api_key}' ${url}/v1/workflows

Ctrl-C stops everything.
`;

let options: ReturnType<typeof readOptions>;
try {
  options = readOptions();
} catch (error) {
  fail(new Error(`${(error as Error).message}\n\n${HELP}`));
}
if (options.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

let stack: Stack | undefined;

function force(): void {
  // In the middle of a start there is no stack yet: its parts see that their supervisor is gone, and end.
  if (!stack) process.exit(1);
  void stack.stop({ force: true }).finally(() => process.exit(1));
}

const request = stopOnSignals(force, say);
try {
  stack = await startProjectStack({
    lasting: true,
    dataDir: options.dataDir,
    ports: { ...PREFERRED_PORTS, edge: options.port },
    say,
    signal: request.signal,
  });
} catch (error) {
  if (request.signal.aborted) process.exit(request.exitCode());
  fail(error);
}
process.stdout.write(summary(stack));
if (!request.signal.aborted) await once(request.signal, 'abort');
await stack.stop();
say('stopped');
process.exit(0);
