import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assertSizes, assertTimes } from '../../../edge/rest/check-updates.ts';
import { parseWorkerJson } from '../../../edge/rest/worker-json.ts';
import { LIMITS } from '../../../shared/limits.ts';
import type { StepError, StepUsage } from '../../../shared/schemas/execution.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { PostUpdatesInput } from '../../../shared/schemas/update.ts';
import { toStepError } from '../../../worker-node/activities/step-error.ts';
import { createTryReporter } from '../../../worker-node/activities/try-reporter.ts';
import { formatArtifactUri } from '../../../worker-node/artifacts/artifact-uri.ts';
import { createSegment, requestBody, type SegmentContent } from '../../../worker-node/dispatch/segment.ts';
import { type OperationContext, PluginError } from '../../../worker-node/plugins/define-plugin.ts';
import { createEventSink } from '../../../worker-node/plugins/script/event-sink.ts';

const EXECUTION = { id: `exec_${'a'.repeat(32)}`, name: null, attempt: 1, workflow_id: 'wf_1' };
const STEP = { id: 's'.repeat(128), plugin: 'python', operation: 'script', timeout_ms: 1_000 };
const AT = '2026-01-15T14:30:00.000Z';

/** As the edge reads the body of a worker; throws what the edge would refuse it with. */
function takenByEdge(contents: readonly SegmentContent[]): PostUpdatesInput {
  const batch = { executionId: EXECUTION.id, attempt: 1, segments: contents.map(createSegment) };
  const bytes = Buffer.from(requestBody('worker', [batch]));
  expect(bytes.byteLength).toBeLessThanOrEqual(LIMITS.bodyBytes);
  const input = PostUpdatesInput.parse(parseWorkerJson(new Uint8Array(bytes).buffer));
  assertTimes(input);
  assertSizes(input, bytes.byteLength);
  return input;
}

function setUp() {
  const contents: SegmentContent[] = [];
  const poster = {
    post: (executionId: string, attempt: number, updates: SegmentContent['updates'], logs: SegmentContent['logs']) =>
      void contents.push({ executionId, attempt, updates, logs }),
  };
  const reporter = createTryReporter(
    poster,
    { execution: EXECUTION, step: STEP, spec: null, reads: null, try: 1 },
    'a/1',
  );
  const ctx = { log: reporter.log, progress: reporter.progress } as OperationContext<unknown>;
  return { contents, reporter, sink: createEventSink(ctx, '/nowhere', reporter.usage) };
}

/** Texts of many bytes, escapes and halves; short ones to come close to names. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '\0', '"', 'é', '😀', '\ud83d'), maxLength: 20 }),
  fc
    .tuple(fc.constantFrom('x', '\0', '€', '😀', '\ud83d', '\\'), fc.nat(80_000))
    .map(([unit, length]) => unit.repeat(length)),
);
const value: fc.Arbitrary<JsonValue> = fc.oneof(
  text,
  fc.constantFrom<JsonValue>(null, true, 1e308, -5, 1e20, [], { __proto__: 1 }, { deep: [[[[[[1]]]]]] }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.dictionary(fc.constantFrom('a', '\ud83d', '__proto__', 'x'.repeat(5_000)), text, { maxKeys: 3 }),
);
const event = fc.oneof(
  ...[
    ['log', ['level', 'message', 'metadata']],
    ['progress', ['percentage', 'current_operation']],
    ['usage', ['cluster_id', 'workers', 'cpu_usage', 'cost_usd', 'tokens']],
    ['error', ['code', 'message', 'retryable', 'details']],
  ].map(([type, fields]) =>
    fc
      .record(Object.fromEntries((fields as string[]).map((field) => [field, value])), { requiredKeys: [] })
      .map((members) => ({ type, ...members })),
  ),
);

test('the edge takes whatever a script says, and how its step ends', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), fc.nat(1_000), (events, files) => {
      const { contents, reporter, sink } = setUp();
      reporter.started(AT);
      for (const said of events) sink.line(JSON.stringify(said));
      sink.end();
      const error = toStepError(new PluginError(sink.error() ?? OUTCOME), undefined);
      reporter.ended('failed', { started_at: AT, completed_at: AT, usage: null, artifacts: [] }, error);
      reporter.close();
      const result = resultOf(error, reporter.usageSoFar(), files);
      contents.push(ending(result, error));
      const input = takenByEdge(contents);
      expect(input.batches[0]?.updates.at(-1)).toMatchObject({ type: 'result' });
    }),
    { numRuns: 60 },
  );
});

test('the edge takes whatever a plugin reports of its use of resources, and throws', () => {
  const names = ['cluster_id', 'workers', 'cpu_usage', 'memory_usage', 'cpu_seconds', 'cost_usd', '__proto__', 'other'];
  const odd = fc.oneof(value, fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.constantFrom(...names), odd), { maxLength: 4 }), text, (reports, code) => {
      const { contents, reporter } = setUp();
      for (const usage of reports) reporter.usage(usage as object);
      reporter.close();
      const error = toStepError(
        new PluginError({ code, message: code, retryable: false, details: { code } }),
        undefined,
      );
      takenByEdge([...contents, ending(resultOf(error, reporter.usageSoFar(), 0), error)]);
    }),
    { numRuns: 60 },
  );
});

const OUTCOME = { code: 'SCRIPT_FAILED', message: 'exit code 1', retryable: true };

function resultOf(error: StepError, usage: StepUsage | null, files: number) {
  const name = Array.from({ length: 8 }, () => 'n'.repeat(120)).join('/');
  const uri = formatArtifactUri({ execution: EXECUTION.id, step: STEP.id, name });
  const listed = Math.min(files, LIMITS.artifactsListed);
  return {
    step_id: STEP.id,
    status: 'failed' as const,
    tries: 1,
    started_at: AT,
    completed_at: AT,
    output: 'x'.repeat(LIMITS.inlineOutputBytes - 2),
    error,
    usage,
    artifacts: Array<string>(listed).fill(uri),
    artifact_count: files,
  };
}

function ending(result: ReturnType<typeof resultOf>, error: StepError): SegmentContent {
  const failed = { code: error.code, message: error.message, step_id: STEP.id };
  const of = { status: 'failed' as const, started_at: AT, completed_at: AT, error: failed, page: 0, pages: 1 };
  return {
    executionId: EXECUTION.id,
    attempt: 1,
    updates: [
      { type: 'step_try_failed', step_id: STEP.id, try: 1, started_at: AT, at: AT, error },
      { type: 'step_ended', result },
      { type: 'result', ...of, steps: [result] },
    ],
    logs: [],
  };
}
