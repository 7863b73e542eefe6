import { describe, expect, it } from 'vitest';
import { createIngest } from '../../../edge/services/ingest.ts';
import { LIMITS } from '../../../shared/limits.ts';
import { refusal, send } from '../stream/api.ts';
import { batch, completed, created, executionOf, result, started, stepStarted } from './executions.ts';
import { key, nested } from './worker-requests.ts';

const deepEnd = result([{ ...completed('s0', 1, 2), output: nested(LIMITS.jsonDepth + 1) }]);

describe('POST /internal/updates', () => {
  it('answers each batch in its place', async () => {
    const first = await created();
    const second = await created();
    const batches = [
      batch(first.id, [started()]),
      batch('exec_unknown', [started()]),
      batch(second.id, [started(), stepStarted('s0', 2)]),
    ];
    const response = await send('POST', '/internal/updates', key, { worker_id: 'w', batches });
    expect(await response.json()).toEqual({ answers: ['ok', 'gone', 'ok'] });
    expect(await second.execution.get()).toMatchObject({ status: 'running', current_step: 's0' });
  });

  it.each([
    ['not JSON', '{"worker_id": "w", "batches": ['],
    ['an output nested too deep', { worker_id: 'w', batches: [batch('exec_1', [deepEnd])] }],
    [
      'an output that no frame of a stream could show',
      {
        worker_id: 'w',
        batches: [batch('exec_1', [result([{ ...completed('s0', 1, 2), output: 'x'.repeat(LIMITS.updateBytes) }])])],
      },
    ],
    [
      'numbers that are longer once they are written',
      `{"worker_id":"w","batches":[${JSON.stringify(batch('exec_1', [result([{ ...completed('s0', 1, 2), output: 'n' }])])).replace('"n"', `[${Array(4_000).fill('1e20').join()}]`)}]}`,
    ],
    [
      'an artifact URI that no store makes',
      {
        worker_id: 'w',
        batches: [
          batch('exec_1', [
            result([{ ...completed('s0', 1, 2), artifacts: ['x'.repeat(LIMITS.artifactUriBytes + 1)] }]),
          ]),
        ],
      },
    ],
    ['an unknown update', { worker_id: 'w', batches: [{ ...batch('exec_1', []), updates: [{ type: 'sudo' }] }] }],
    ['a try 0', { worker_id: 'w', batches: [batch('exec_1', [{ ...stepStarted('s0', 1), try: 0 } as never])] }],
    [
      'a log entry without a time',
      {
        worker_id: 'w',
        batches: [
          batch('exec_1', [], {
            logs: [
              {
                source: 'run',
                n: 0,
                timestamp: 'now',
                level: 'INFO',
                step_id: null,
                plugin: null,
                message: '',
                metadata: {},
              },
            ],
          }),
        ],
      },
    ],
  ])('refuses %s', async (_what, body) => {
    const response = await send('POST', '/internal/updates', key, body);
    expect(await refusal(response)).toEqual({ status: 400, code: 'VALIDATION_ERROR' });
  });

  it('refuses a body over the limit', async () => {
    const response = await send('POST', '/internal/updates', key, ' '.repeat(LIMITS.bodyBytes + 1));
    expect(await refusal(response)).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
  });
});

describe('the ingest of batches', () => {
  it.each([
    ['cannot be reached', () => Promise.reject(new Error('overloaded'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('answers retry for an execution that %s, and holds up no other', async (_how, sick) => {
    const { id, execution } = await created();
    const ingest = createIngest({
      execution: (_workspace, executionId) =>
        executionId === id ? execution : { ...executionOf(executionId), ingest: sick },
      seen: async () => undefined,
      patienceMs: 2_000,
    });
    const batches = [batch('exec_sick', [started()]), batch(id, [started()])];
    expect(await ingest.updates('default', { worker_id: 'w', batches })).toEqual(['retry', 'ok']);
    expect(await execution.get()).toMatchObject({ status: 'running' });
  });
});
