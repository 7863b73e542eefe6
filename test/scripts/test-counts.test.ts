import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countTests, formatCounts } from '../../scripts/test-counts.ts';
import { temporaryFolder } from './temporary-folder.ts';

const file = (status: 'passed' | 'failed', tests: number) => ({
  status,
  assertionResults: Array.from({ length: tests }, () => ({})),
});

function count(report: object, exitCode: number): string {
  const path = join(temporaryFolder(), 'report.json');
  const totals = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  writeFileSync(path, JSON.stringify({ ...totals, ...report }));
  return formatCounts(countTests(path, exitCode));
}

test('passed, failed and skipped tests are counted', () => {
  const report = {
    numPassedTests: 4,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [file('failed', 8)],
  };
  expect(count(report, 1)).toBe('4 passed, 1 failed, 3 skipped');
});

test('a file that does not load counts as a failure', () => {
  expect(count({ numPassedTests: 4, testResults: [file('passed', 4), file('failed', 0)] }, 1)).toBe(
    '4 passed, 1 failed, 0 skipped',
  );
});

test('an error outside of any test counts as a failure', () => {
  expect(count({ numPassedTests: 4, testResults: [file('passed', 4)] }, 1)).toBe('4 passed, 1 failed, 0 skipped');
});

test('a run that left no report counts as a failure', () => {
  expect(formatCounts(countTests(join(temporaryFolder(), 'none.json'), 1))).toBe('0 passed, 1 failed, 0 skipped');
});
