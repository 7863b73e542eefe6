import type { z } from 'zod';
import type { Input, Output } from '../trpc/contract.ts';
import type { Meta } from '../trpc/init.ts';
import { appRouter } from '../trpc/router.ts';

/** An operation of the API as REST serves it. */
export interface RestRoute extends Meta {
  /** Its name in tRPC: `workflows.create`. */
  procedure: string;
  type: 'query' | 'mutation';
  input: z.ZodObject;
  output: z.ZodType;
}

/** Walks the router. Literal paths come before those with parameters, which would take them for values. */
export function restRoutes(): RestRoute[] {
  return Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
    .map(([procedure, { _def }]) => ({
      ..._def.meta,
      procedure,
      type: _def.type,
      input: _def.inputs[0].schema,
      output: _def.output.schema,
    }))
    .sort((a, b) => parameters(a) - parameters(b));
}

/** What `operation`, `accepts` and `answers` put into a procedure; tRPC's own types leave it out. */
interface Procedure {
  _def: { type: 'query' | 'mutation'; meta: Meta; inputs: [Input<unknown>]; output: Output<unknown> };
}

const parameters = ({ rest }: RestRoute): number => rest.path.split('{').length;
