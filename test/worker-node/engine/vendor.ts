import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';

export type VendorCall = 'submit' | 'poll' | 'result' | 'cancel' | 'remove';

export interface VendorJob {
  id: string;
  /** Step that submitted it. */
  name: string;
  key: string;
  config: JsonObject;
  state: 'running' | 'succeeded' | 'failed' | 'cancelled';
  /** When it has failed: whether it may help to run it again. */
  transient: boolean;
  percentage: number;
  output: JsonValue;
  polls: number;
  removed: boolean;
}

/** A system that runs jobs, as a vendor's API has it: jobs have idempotency keys, and exist whether or not an answer arrives. */
export interface Vendor {
  readonly url: string;
  readonly jobs: VendorJob[];
  /** All that was asked of it, in order. */
  readonly calls: { call: VendorCall; name: string; key: string }[];
  /**
   * Decides over a request: a status to refuse it with, `silence` to do what it asks and never answer, or a promise to do
   * it and answer once that resolves. Default: none of them.
   */
  fault: (call: VendorCall, name: string) => number | 'silence' | Promise<void> | undefined;
  of(name: string): VendorJob[];
  /** Changes the state of all jobs of a step. */
  change(name: string, change: Partial<VendorJob>): void;
  /** Resolves once the condition holds; looked at after every request. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startVendor(): Promise<Vendor> {
  const happened = new EventEmitter().setMaxListeners(0);
  const server = createServer((request, response) => void handle(request, response));

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', action] = (request.url ?? '').split('/').slice(1);
    const body = request.method === 'POST' && !id ? await json(request) : undefined;
    const submitted = body as Pick<VendorJob, 'key' | 'name' | 'config'> | undefined;
    const call: VendorCall = submitted ? 'submit' : request.method === 'DELETE' ? 'remove' : callOf(action);
    const existing = vendor.jobs.find((job) => (submitted ? job.key === submitted.key : job.id === id));
    const { name = '', key = '' } = submitted ?? existing ?? {};
    const fault = vendor.fault(call, name);
    const answer = typeof fault === 'number' ? { refused: fault } : act(call, existing, submitted);
    vendor.calls.push({ call, name, key });
    happened.emit('call');
    if (fault === 'silence') return;
    await fault;
    response.writeHead(typeof fault === 'number' ? fault : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  }

  function act(
    call: VendorCall,
    existing: VendorJob | undefined,
    submitted?: Pick<VendorJob, 'key' | 'name' | 'config'>,
  ) {
    const job = existing ?? create(submitted);
    if (call === 'poll') job.polls++;
    if (call === 'cancel' && job.state === 'running') job.state = 'cancelled';
    if (call === 'remove') job.removed = true;
    return call === 'result' ? { output: job.output } : job;
  }

  function create(submitted: Pick<VendorJob, 'key' | 'name' | 'config'> | undefined): VendorJob {
    if (!submitted) throw new Error('no such job');
    const state = {
      state: 'running',
      transient: false,
      percentage: 0,
      output: null,
      polls: 0,
      removed: false,
    } as const;
    const job = { ...submitted, ...state, id: `job-${vendor.jobs.length + 1}` };
    vendor.jobs.push(job);
    return job;
  }

  const vendor: Vendor = {
    url: '',
    jobs: [],
    calls: [],
    fault: () => undefined,
    of: (name) => vendor.jobs.filter((job) => job.name === name),
    change(name, change) {
      for (const job of vendor.of(name)) Object.assign(job, change);
    },
    async until(condition) {
      while (!condition()) await once(happened, 'call');
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(vendor, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

const callOf = (action: string | undefined) => (action === 'result' || action === 'cancel' ? action : 'poll');
