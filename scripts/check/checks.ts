import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bin, ROOT } from '../local/project.ts';
import { runCommand } from '../local/run-command.ts';
import { migrationsAreCurrent, openApiIsCurrent } from './generated-files.ts';

export interface CheckOptions {
  /** Called every 4 s with the seconds so far. */
  onWait: (seconds: number) => void;
  /** Ends the check and everything that it started. */
  signal: AbortSignal;
}

/** One thing that must hold. */
export interface Check {
  name: string;
  /** Resolves to what is wrong, empty when nothing is. */
  run: (options: CheckOptions) => Promise<string>;
}

const tool = (name: string, command: string, ...args: string[]): Check => ({
  name,
  async run(options) {
    const { code, output } = await runCommand(bin(command), args, { cwd: ROOT, ...options });
    return code === 0 ? '' : output || `${command} ended with exit code ${code}`;
  },
});

/** The projects of tsconfig.json, one per runtime. */
function typeChecks(): Check[] {
  const { references } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as {
    references: { path: string }[];
  };
  return references.map(({ path }) => tool(`types of ${path.replace('./', '')}`, 'tsc', '-p', path));
}

export const checks = (): Check[] => [
  tool('format and lint', 'biome', 'check', '.'),
  tool('imports', 'depcruise', '--output-type', 'err-long', 'edge', 'worker-node', 'shared', 'scripts', 'test'),
  ...typeChecks(),
  { name: 'migrations are up to date', run: migrationsAreCurrent },
  { name: 'OpenAPI document is up to date', run: openApiIsCurrent },
];
