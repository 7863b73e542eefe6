import { expect, test } from 'vitest';
import { parseScriptEvent } from '../../../../worker-node/plugins/script/script-event.ts';

const usage = (fields: string) => parseScriptEvent(`{"type":"usage",${fields}}`);

test.each(['"workers":2', '"cpu_usage":0', '"memory_usage":100', '"cpu_usage":null', '"cost_usd":1.5,"cpu_seconds":3'])(
  'takes usage that can be true: %s',
  (fields) =>
    expect(usage(fields)).toEqual({ event: { type: 'usage', usage: JSON.parse(`{${fields}}`) }, complaints: [] }),
);

test.each([
  ['workers', '-5'],
  ['workers', '1.5'],
  ['memory_usage', '101'],
  ['cpu_usage', '-1'],
  ['cpu_seconds', '-0.1'],
  ['cost_usd', '1e308'],
  ['peak_memory_mb', '1e999'],
])('refuses usage that cannot be true, and names the field: %s %s', (field, value) =>
  expect(usage(`"${field}":${value},"peak_cpu_cores":2`)).toEqual({
    event: { type: 'usage', usage: { peak_cpu_cores: 2 } },
    complaints: [expect.stringContaining(field)],
  }),
);
