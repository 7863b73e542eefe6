/** Runs Temporal's dev server. Its only argument is a TemporalHostConfig as JSON. */
import { LOOPBACK } from './free-port.ts';
import { hostNative } from './host-native.ts';
import { tellSupervisor } from './part-messages.ts';

export interface TemporalHostConfig {
  binary: string;
  /** Holds its database. */
  dataDir: string;
  port: number;
  uiPort: number;
  namespace: string;
}

const config = JSON.parse(process.argv[2] ?? '') as TemporalHostConfig;

const DYNAMIC_CONFIG = [
  // By default the events of 1,000 steps scheduled at once do not fit, and each start of a step reads them all from the database.
  'history.eventsCacheMaxSizeBytes=67108864',
  // Timers fire up to a second late by default.
  'history.timerProcessorMaxTimeShift="10ms"',
  // The defaults poll a shard's queues 20 times a second, which alone costs 40 ms per hop of a chain of steps.
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.visibilityProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
  // Priorities need it.
  'matching.useNewMatcher=true',
  // They hold within one partition of a queue; by default there are four.
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
];
/** A name without a folder: the server puts it into a URI as it stands, where `#`, `?` and `%` mean something. */
const DATABASE = 'temporal.sqlite';
const PRAGMAS = ['journal_mode=wal', 'synchronous=normal'];

const args = [
  'server',
  'start-dev',
  ...['--ip', LOOPBACK, '--port', String(config.port), '--ui-port', String(config.uiPort)],
  ...['--namespace', config.namespace, '--db-filename', DATABASE, '--log-level', 'error'],
  ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
  ...PRAGMAS.flatMap((value) => ['--sqlite-pragma', value]),
];
await hostNative(config.binary, args, { cwd: config.dataDir });
// Only now: the SDK takes longer to load than the server takes to begin.
const { waitForTemporal } = await import('./temporal/wait-for-temporal.ts');
await waitForTemporal({ address: `${LOOPBACK}:${config.port}`, namespace: config.namespace });
tellSupervisor({ type: 'ready' });
