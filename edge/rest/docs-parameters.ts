import { html } from 'hono/html';
import { prose } from './docs-prose.ts';
import { type Schema, typeOf } from './docs-schema.ts';
import type { OpenApiDocument } from './openapi.ts';

type PathItem = NonNullable<OpenApiDocument['paths']>[string];
export type Parameters = NonNullable<NonNullable<PathItem['get']>['parameters']>;

/** What an operation takes in its path, query and headers. */
export const renderParameters = (parameters: Parameters): ReturnType<typeof html> =>
  html`<table>
    ${parameters.map((parameter) =>
      'name' in parameter
        ? html`<tr>
            <td><code>${parameter.name}</code><small>${parameter.in}${parameter.required ? ', required' : ''}</small></td>
            <td>${typeOf(parameter.schema as Schema)}</td>
            <td>${prose(parameter.description)}</td>
          </tr>`
        : '',
    )}
  </table>`;
