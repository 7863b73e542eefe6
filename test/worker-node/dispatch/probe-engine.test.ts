import { Connection } from '@temporalio/client';
import { expect, inject, it, onTestFinished } from 'vitest';
import { probeEngine } from '../../../worker-node/dispatch/probe-engine.ts';

function connect(address: string): Connection {
  const connection = Connection.lazy({ address, interceptors: [] });
  onTestFinished(() => connection.close());
  return connection;
}

it('says up of an engine that answers for the namespace', async () => {
  expect(await probeEngine(connect(inject('temporalAddress')), 'default')).toBe('up');
});

it('says down of an engine that does not answer, and of one without the namespace', async () => {
  expect(await probeEngine(connect('127.0.0.1:1'), 'default')).toBe('down');
  expect(await probeEngine(connect(inject('temporalAddress')), 'nowhere')).toBe('down');
});
