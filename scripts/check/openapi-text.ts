import { join } from 'node:path';
import { createOpenApi } from '../../edge/rest/openapi.ts';
import { ROOT } from '../local/project.ts';

/** The OpenAPI document as a file, for readers and generators that do not run the product. */
export const OPENAPI_FILE = join(ROOT, 'docs/openapi.json');

/** What OPENAPI_FILE should hold. */
export const openApiText = (): string => `${JSON.stringify(createOpenApi(), null, 2)}\n`;
