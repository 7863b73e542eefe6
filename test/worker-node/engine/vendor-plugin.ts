import { JsonObject, type JsonValue } from '../../../shared/schemas/json.ts';
import {
  definePlugin,
  defineRemoteOperation,
  type Plugin,
  PluginError,
} from '../../../worker-node/plugins/define-plugin.ts';
import type { VendorJob } from './vendor.ts';

/** A plugin `vendor` whose operation `run` is a job of the vendor at `url`. */
export function createVendorPlugin(url: string): Plugin {
  async function ask<T>(method: string, path: string, signal: AbortSignal, body?: JsonObject): Promise<T> {
    const response = await fetch(`${url}/jobs${path}`, { method, signal, ...(body && { body: JSON.stringify(body) }) });
    if (response.ok) return (await response.json()) as T;
    const message = `The vendor answers ${response.status}.`;
    if (response.status >= 500) throw new Error(message);
    throw new PluginError({ code: 'REFUSED', message, retryable: false });
  }

  const run = defineRemoteOperation({
    summary: 'Runs a job.',
    config: JsonObject,
    output: JsonObject,
    pollInterval: { firstMs: 5, maxMs: 20 },
    async submit({ config, step, signal }, key) {
      const { id } = await ask<VendorJob>('POST', '', signal, { key, name: step.id, config });
      return { id };
    },
    async poll({ signal }, { id }) {
      const { state, percentage, transient } = await ask<VendorJob>('GET', `/${id}`, signal);
      const reports = { progress: { percentage }, usage: { cluster_id: id, workers: 4 } };
      if (state === 'running' || state === 'succeeded') return { state, ...reports };
      return { state: 'failed', error: { code: 'JOB_FAILED', message: `The job is ${state}.`, retryable: transient } };
    },
    result: async ({ signal }, { id }) => (await ask<{ output: JsonValue }>('GET', `/${id}/result`, signal)).output,
    cancel: async ({ signal }, { id }) => {
      await ask('POST', `/${id}/cancel`, signal);
    },
    cleanup: async ({ signal }, { id }) => {
      await ask('DELETE', `/${id}`, signal);
    },
  });

  return definePlugin({
    name: 'vendor',
    summary: 'For tests.',
    operations: { run },
    availability: async () => ({ available: true }),
    mapError: (error) => ({ code: 'VENDOR_AWAY', message: String(error), retryable: true }),
  });
}
