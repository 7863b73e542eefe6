import { readFile, stat } from 'node:fs/promises';
import { LIMITS } from '../../../shared/limits.ts';
import type { JsonValue } from '../../../shared/schemas/json.ts';
import { PluginError } from '../define-plugin.ts';

const LONG_NUMBER = /\d{16}/;
const INTEGER = /^-?\d+$/;

/** The JSON that a script left in `path`, {} for none. Throws PluginError OUTPUT_TOO_LARGE or INVALID_OUTPUT. */
export async function readScriptOutput(path: string): Promise<JsonValue> {
  return (await findScriptOutput(path)) ?? {};
}

/** As readScriptOutput, but undefined when it has left none. */
export async function findScriptOutput(path: string): Promise<JsonValue | undefined> {
  const size = await stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return 0;
      throw error;
    },
  );
  if (size === 0) return undefined;
  if (size > LIMITS.outputBytes) {
    throw failure(
      'OUTPUT_TOO_LARGE',
      `the output has ${size} bytes, at most ${LIMITS.outputBytes} are allowed: store it as an artifact`,
    );
  }
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failure('INVALID_OUTPUT', `the output is not JSON: ${error.message}`);
  }
}

/** As JSON.parse, but integers of more digits than a number can hold are kept, as strings. */
function parse(text: string): JsonValue {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== 'number' || Number.isSafeInteger(value) || source === undefined) return value;
    return INTEGER.test(source) && `${value}` !== source ? source : value;
  });
}

function failure(code: string, message: string): PluginError {
  return new PluginError({ code, message, retryable: false });
}
