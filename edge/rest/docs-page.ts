import { html, raw } from 'hono/html';
import { ERRORS } from '../../shared/errors.ts';
import { renderParameters } from './docs-parameters.ts';
import { prose } from './docs-prose.ts';
import { renderProperties, type Schema } from './docs-schema.ts';
import { renderStream } from './docs-stream.ts';
import { DOCS_STYLE } from './docs-style.ts';
import type { OpenApiDocument } from './openapi.ts';
import { STREAM_OPERATION, STREAM_PATH } from './openapi-stream.ts';

type Html = ReturnType<typeof html>;
type Operation = ReturnType<typeof listOperations>[number];

const METHODS = ['get', 'post', 'put', 'delete'] as const;

/** The API reference as one page without scripts or foreign assets: what /openapi.json says, for people. */
export function renderDocs(document: OpenApiDocument): Html {
  const operations = listOperations(document);
  const tags = (document.tags ?? []).map(({ name }) => name);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title}</title>
        <style>
          ${raw(DOCS_STYLE)}
        </style>
      </head>
      <body>
        <nav>
          <h1>${document.info.title}</h1>
          ${tags.map(
            (tag) => html`<h2>${tag}</h2>
              ${operations
                .filter((operation) => operation.tags?.includes(tag))
                .map((operation) => html`<a href="#${operation.operationId}">${operation.summary}</a>`)}`,
          )}
          <h2>reference</h2>
          <a href="#stream">Follow an execution live</a>
          <a href="#errors">Errors</a>
          <a href="#schemas">Schemas</a>
          <a href="/openapi.json">OpenAPI document</a>
        </nav>
        <main>
          <p>${prose(document.info.description)}</p>
          ${operations.map(renderOperation)}
          ${renderStream(document.paths?.[STREAM_PATH]?.get?.parameters ?? [])}
          <section id="errors">
            <h2>Errors</h2>
            ${renderErrors()}
          </section>
          <section id="schemas">
            <h2>Schemas</h2>
            ${Object.entries(document.components?.schemas ?? {})
              .sort(byName)
              .map(
                ([name, schema]) => html`<h3 id="schema-${name}">${name}</h3>
                ${renderProperties(schema as Schema)}`,
              )}
          </section>
        </main>
      </body>
    </html>`;
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** All but the stream, which has a section of its own. */
function listOperations(document: OpenApiDocument) {
  return Object.entries(document.paths ?? {})
    .flatMap(([path, item]) => METHODS.flatMap((method) => (item[method] ? [{ path, method, ...item[method] }] : [])))
    .filter(({ operationId }) => operationId !== STREAM_OPERATION);
}

function renderOperation({ path, method, operationId, summary, description, parameters, ...rest }: Operation): Html {
  const body = jsonOf(rest.requestBody);
  return html`<section id="${operationId}">
    <h2>${summary}</h2>
    <p class="route"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
    <p>${prose(description)} In tRPC: <code>${operationId}</code>.</p>
    ${parameters?.length ? html`<h3>Parameters</h3> ${renderParameters(parameters)}` : ''}
    ${
      body
        ? html`<h3>Body</h3>
            ${renderProperties(body.schema)} ${renderExample(body.example)}`
        : ''
    }
    <h3>Answers</h3>
    ${Object.entries(rest.responses ?? {}).map(([status, response]) => renderAnswer(status, response))}
  </section>`;
}

function renderAnswer(status: string, response: { description?: string; content?: unknown }): Html {
  const json = jsonOf(response);
  return html`<details>
    <summary><b>${status}</b> ${prose(response.description)}</summary>
    ${json && status < '300' ? [renderProperties(json.schema), renderExample(json.example)] : ''}
  </details>`;
}

const renderExample = (example: unknown): Html | '' =>
  example === undefined ? '' : html`<pre>${JSON.stringify(example, null, 2)}</pre>`;

function renderErrors(): Html {
  return html`<table>
    ${Object.entries(ERRORS).map(
      ([code, { status, summary, retryable }]) => html`<tr id="${code}">
        <td><code>${code}</code></td>
        <td>${status}</td>
        <td>${prose(summary)}${retryable ? ' Worth another try.' : ''}</td>
      </tr>`,
    )}
  </table>`;
}

/** What stands under application/json: operations take and answer nothing else. */
function jsonOf(holder: unknown): { schema: Schema; example?: unknown } | undefined {
  const content = (holder as { content?: Record<string, { schema: Schema; example?: unknown }> } | undefined)?.content;
  return content?.['application/json'];
}
