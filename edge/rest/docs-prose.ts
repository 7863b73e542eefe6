import { html } from 'hono/html';

/** Text with `code` in it, as the descriptions of the OpenAPI document are written. */
export const prose = (text = ''): (string | ReturnType<typeof html>)[] =>
  text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));
