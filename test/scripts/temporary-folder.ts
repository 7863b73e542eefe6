import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder, deleted after the test; pass `afterAll` for one that a whole file uses. */
export function temporaryFolder(whenDone: (cleanUp: () => void) => void = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'wf-test-'));
  whenDone(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
