import { Connection } from '@temporalio/client';
import { afterEach, expect, inject, it, vi } from 'vitest';
import { DIRECT_CHANNEL } from '../../worker-node/engine-channel.ts';

afterEach(() => vi.unstubAllEnvs());

// grpc/grpc#29718
it.each(['http_proxy', 'https_proxy', 'grpc_proxy'])('a connection to Temporal does not ask %s', async (name) => {
  vi.stubEnv(name, 'http://127.0.0.1:9');
  vi.stubEnv('no_proxy', '');
  vi.stubEnv('no_grpc_proxy', '');
  const connection = await Connection.connect({ address: inject('temporalAddress'), channelArgs: DIRECT_CHANNEL });
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  expect(serverVersion).toMatch(/^\d+\./);
  await connection.close();
});
