import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bin, ROOT, STATE_DIR } from '../local/project.ts';
import { runCommand } from '../local/run-command.ts';
import type { CheckOptions } from './checks.ts';

/** What is wrong with migrations/, empty when it leads to the schema in the code. */
export async function migrationsAreCurrent(options: CheckOptions): Promise<string> {
  const copy = mkdtempSync(join(STATE_DIR, 'migrations-'));
  try {
    cpSync(join(ROOT, 'migrations'), copy, { recursive: true });
    const before = readdirSync(copy).length;
    // drizzle-kit reads `out` relative to the project.
    const args = [
      'generate',
      '--dialect=sqlite',
      '--schema=edge/repositories/schema.ts',
      `--out=${relative(ROOT, copy)}`,
      '--name=missing',
    ];
    const { code, output } = await runCommand(bin('drizzle-kit'), args, { cwd: ROOT, ...options });
    if (code !== 0) return output;
    const isCurrent = readdirSync(copy).length === before;
    return isCurrent
      ? ''
      : `edge/repositories/schema.ts has changes that migrations/ lacks: npm run migrations:generate\n${output}`;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** What is wrong with the committed OpenAPI document, empty when it is what the code serves. */
export async function openApiIsCurrent(): Promise<string> {
  // Only now: it loads the edge, and code that does not load must fail this check alone.
  const { OPENAPI_FILE, openApiText } = await import('./openapi-text.ts');
  const committed = existsSync(OPENAPI_FILE) ? readFileSync(OPENAPI_FILE, 'utf8') : '';
  const isCurrent = committed === openApiText();
  return isCurrent
    ? ''
    : `${relative(ROOT, OPENAPI_FILE)} is not what the code serves: node scripts/generate-openapi.ts`;
}
