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
  ['cluster_id', `"${'x'.repeat(201)}"`],
])('refuses usage that cannot be true, and names the field: %s %s', (field, value) =>
  expect(usage(`"${field}":${value},"peak_cpu_cores":2`)).toEqual({
    event: { type: 'usage', usage: { peak_cpu_cores: 2 } },
    complaints: [expect.stringContaining(field)],
  }),
);

test.each(['4000000000,"of":1', '-1,"of":2', '0.5,"of":2', '1e308,"of":1e309', '"0","of":"1"', '2,"of":2'])(
  'refuses a part of an event that has no place in it: %s',
  (place) => {
    const parsed = parseScriptEvent(`{"type":"part","id":"a","n":${place},"text":"x"}`);
    expect(parsed).toEqual({ complaints: [expect.stringMatching(/must (have id|be integers)/)] });
  },
);

test.each([
  ['bad row', 'BAD_ROW', []],
  ['Größe zu klein', 'GR_SSE_ZU_KLEIN', [expect.stringContaining('"Größe zu klein" became GR_SSE_ZU_KLEIN')]],
  ['9 lives', 'SCRIPT_FAILED', [expect.stringContaining('"9 lives" became SCRIPT_FAILED')]],
])('tells of a code that became another one: %s', (code, kept, complaints) => {
  const parsed = parseScriptEvent(JSON.stringify({ type: 'error', code, message: 'x' }));
  expect([parsed.event, parsed.complaints]).toMatchObject([{ code: kept }, complaints]);
});
