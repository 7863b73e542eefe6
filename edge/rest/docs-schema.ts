import { html } from 'hono/html';
import { prose } from './docs-prose.ts';

/** A JSON Schema of the OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;
type Html = ReturnType<typeof html>;

/** The fields of an object, nested ones folded in; of anything else its type. */
export function renderProperties(schema: Schema): Html {
  const owner = objectIn(schema);
  if (!owner) return html`<p>${typeOf(schema)}</p>`;
  const required = new Set(owner.required as string[] | undefined);
  return html`<table>
    ${Object.entries(owner.properties as Record<string, Schema>).map(
      ([name, field]) => html`<tr>
          <td><code>${name}</code>${required.has(name) ? html`<small>required</small>` : ''}</td>
          <td>${typeOf(field)}</td>
          <td>${prose(field.description as string | undefined)}</td>
        </tr>
        ${objectIn(field) ? html`<tr class="inner"><td colspan="3">${renderProperties(field)}</td></tr>` : ''}`,
    )}
  </table>`;
}

/** What a value may be, in a few words; a schema with a name is a link. */
export function typeOf(schema: Schema): Html | string {
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.split('/').at(-1);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const branches = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (branches) return html`${branches.map((branch, i) => (i === 0 ? typeOf(branch) : html` | ${typeOf(branch)}`))}`;
  if (schema.type === 'array') return html`list of ${typeOf(schema.items as Schema)}`;
  return typeof schema.type === 'string' ? schema.type : Array.isArray(schema.type) ? schema.type.join(' | ') : 'any';
}

/** The object that a schema describes, looked for in lists and alternatives; schemas with a name stand for themselves. */
function objectIn(schema: Schema): Schema | undefined {
  if (schema.properties !== undefined) return schema;
  if (schema.type === 'array') return objectIn(schema.items as Schema);
  return ((schema.anyOf ?? []) as Schema[]).map(objectIn).find((found) => found !== undefined);
}
