import { z } from 'zod';
import { GetPluginInput, PluginManifest } from '../../shared/schemas/plugin.ts';
import { accepts, answers } from './contract.ts';
import { operation, router } from './init.ts';

export const pluginsRouter = router({
  list: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/plugins', status: 200 },
    docs: { summary: 'List the plugins that workers have announced', tag: 'plugins' },
  })
    .input(accepts(z.strictObject({})))
    .output(answers(z.array(PluginManifest).describe('By name.')))
    .query(({ ctx }) => ctx.services.plugins.list(ctx.call)),

  get: operation({
    scope: 'read',
    rest: { method: 'GET', path: '/v1/plugins/{name}', status: 200 },
    docs: { summary: 'Get a plugin with the schemas of its operations', tag: 'plugins', errors: ['NOT_FOUND'] },
  })
    .input(accepts(GetPluginInput))
    .output(answers(PluginManifest))
    .query(({ ctx, input }) => ctx.services.plugins.get(ctx.call, input.name)),
});
