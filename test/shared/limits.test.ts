import { expect, it } from 'vitest';
import { LIMITS } from '../../shared/limits.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

it('keeps the limits that are promised', () => {
  expect(LIMITS).toMatchObject({
    bodyBytes: 8 * MIB,
    jsonDepth: 64,
    steps: 10_000,
    definitionBytes: 4 * MIB,
    configBytes: 256 * KIB,
    name: 200,
    description: 10_000,
    tags: 50,
    tag: 64,
    recipients: 100,
    outputBytes: 16 * MIB,
    logMessageBytes: 64 * KIB,
    logPage: 10_000,
    logEntries: 1_000_000,
    logBytes: 1024 * MIB,
    viewers: 1_000,
    lostTries: 10,
    maxAttempts: 100,
  });
});
