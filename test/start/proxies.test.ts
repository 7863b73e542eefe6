import { expect, test } from 'vitest';
import { projectCopy } from '../scripts/project-copy.ts';
import { whenUp } from './running-stack.ts';

const DEAD = 'http://127.0.0.1:9';
const STEPS = [{ id: 'a', plugin: 'core', operation: 'echo', config: { ok: true } }];

// cloudflare/workers-sdk#3674, grpc/grpc#29718
test.each([
  ['in lower case', { http_proxy: DEAD, https_proxy: DEAD, all_proxy: DEAD, grpc_proxy: DEAD }],
  ['in upper case', { HTTP_PROXY: DEAD, HTTPS_PROXY: DEAD, ALL_PROXY: DEAD, NODE_USE_ENV_PROXY: '1' }],
  ['in lower case, with what goes past it in upper case', { http_proxy: DEAD, NO_PROXY: 'example.org' }],
  ["in npm's settings", { npm_config_proxy: DEAD, npm_config_https_proxy: DEAD }],
])('npm start works behind a dead proxy that is set %s', async (_, env) => {
  const without = { no_proxy: '', NO_PROXY: '' };
  const project = projectCopy({ parts: 'real', env: { ...without, ...env } });
  const stack = await whenUp(project, project.npm('start', '--', '--port', '0', '--ephemeral'));
  expect(await stack.execute(STEPS)).toMatchObject({ status: 'completed' });
  expect(await stack.stop()).toBe(0);
});

test('the parts reach Temporal behind a dead proxy also without the launcher', async () => {
  const project = projectCopy({ parts: 'real', env: { grpc_proxy: DEAD, https_proxy: DEAD, no_proxy: 'example.org' } });
  const stack = await whenUp(project, project.node('scripts/start.ts', '--port', '0', '--ephemeral'));
  expect(await stack.execute(STEPS)).toMatchObject({ status: 'completed' });
  expect(await stack.stop()).toBe(0);
});
