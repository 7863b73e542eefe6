/** Writes the OpenAPI document that the code serves to docs/openapi.json; `npm run check` compares the two. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { OPENAPI_FILE, openApiText } from './check/openapi-text.ts';

mkdirSync(dirname(OPENAPI_FILE), { recursive: true });
writeFileSync(OPENAPI_FILE, openApiText());
