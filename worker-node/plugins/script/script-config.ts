import { z } from 'zod';
import { isPossiblePath, PATH_PATTERN, PATH_RULE } from '../../../shared/domain/possible-path.ts';
import { JsonValue } from '../../../shared/schemas/json.ts';
import { PathText, SOURCE_DESCRIPTION } from '../source-file.ts';

/** Text that the system can hand to a process: it ends at a NUL, and one of 128 KiB is refused. */
const passable = (length: number) =>
  z
    .string()
    .max(length)
    .regex(/^[^\0]*$/, 'must not hold a NUL character: no process can be given one');

/** Bytes of arguments and variables together, with what the system adds to each; macOS takes 1 MiB. */
const MAX_PASSED_BYTES = 768 * 1024;
const POINTER_BYTES = 16;

/** For `.refine()`: what comes from expressions may be larger than a config that is written down. */
export const fitsTheSystem: [
  check: (config: { args?: string[] | undefined; env?: Record<string, string> | undefined }) => boolean,
  params: { path: string[]; message: string },
] = [
  ({ args = [], env = {} }) => {
    const texts = [...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + POINTER_BYTES, 0);
    return bytes <= MAX_PASSED_BYTES;
  },
  {
    path: ['args'],
    message: 'are, with env, over 768 KiB, more than a process can be given: pass them as input or files',
  },
];

/** Variables that the runner gives a script, and that the shell sets which starts it: what a config said would not stay. */
const TAKEN =
  'TMPDIR|PWD|OLDPWD|PPID|IFS|OPTIND|SHLVL|_|PS[124]|LINENO|RANDOM|SHELLOPTS|BASHOPTS|BASH|BASHPID|BASH_VERSION';
const VARIABLE = new RegExp(`^(?!WF_|(?:${TAKEN})$)[A-Za-z_][A-Za-z0-9_]{0,199}$`);

/** The file that a script operation runs; `rule` says of which names. */
export const scriptPath = (names: RegExp, rule: string) =>
  z
    .string()
    .max(1_000)
    // One pattern: a schema with two is not held against a config at create.
    .regex(new RegExp(`^(?=${PATH_PATTERN}$)[^]*${names.source}`), rule)
    .refine(isPossiblePath, PATH_RULE)
    .describe('Path relative to the project folder.');

/** Config fields that all script operations share. */
export const scriptFields = {
  function: z
    .string()
    .regex(/^[A-Za-z_$][A-Za-z0-9_$]{0,199}$/, 'must be the name of a function')
    .optional()
    .describe(
      'Function of the file to call with `input`; what it returns is the output. Default: the file runs as a script, reads WF_INPUT and writes WF_OUTPUT.',
    ),
  input: JsonValue.optional().describe('JSON for the script. Default {}.'),
  files: z
    .record(z.string().min(1).max(200), PathText)
    .optional()
    .describe(
      `Files that the script reads, by a name of your choice: an ${SOURCE_DESCRIPTION}. The script gets their local paths. Default none.`,
    ),
  args: z
    .array(passable(10_000))
    .max(100)
    .optional()
    .describe('Command line arguments. Not with `function`. Default none.'),
  env: z
    .record(
      z
        .string()
        .regex(
          VARIABLE,
          'must be a variable name, and neither start with WF_ nor be one that the runner or its shell sets (TMPDIR, PWD, IFS and the like)',
        ),
      passable(32_000),
    )
    .optional()
    .describe(
      'Environment variables for the script; none that the runner sets (WF_…, TMPDIR, PWD). Of the environment of the worker it sees only a short list. Default none.',
    ),
};

/** For `.refine()`: a function gets `input`, only a script gets arguments. */
export const argsOrFunction: [
  check: (config: { args?: unknown; function?: unknown }) => boolean,
  params: { path: string[]; message: string },
] = [
  (config) => config.args === undefined || config.function === undefined,
  { path: ['args'], message: 'cannot be used with function' },
];

export const ScriptOutput = JsonValue.describe(
  'What the function returned, or the script wrote to WF_OUTPUT; {} when it wrote nothing.',
);

const ScriptOptions = z.object(scriptFields);
/** The parsed form of `scriptFields`. */
export type ScriptOptions = z.infer<typeof ScriptOptions>;
