import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify, type TomlTable } from 'smol-toml';
import { PluginError } from '../define-plugin.ts';

/** The settings of uv that say from where packages come, as they are named in its files. */
const FROM_WHERE = [
  /^(?:default-)?index$|^(?:extra-)?index-url$|^no-index$|^index-strategy$|^find-links$/,
  /^(?:keyring-provider|allow-insecure-host|native-tls|system-certs)$/,
  /^(?:cache-dir|no-cache|offline|link-mode)$|^concurrent-|^(?:https?|no)-proxy$|-mirror$/,
];
/** Likewise, as variables. */
const VARIABLE =
  /^UV_(?:(?:DEFAULT_|EXTRA_)?INDEX(?:_URL)?|INDEX_STRATEGY|INDEX_.+_(?:USERNAME|PASSWORD)|NO_INDEX|FIND_LINKS|KEYRING_PROVIDER|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS|HTTP_.+|REQUEST_TIMEOUT|CACHE_DIR|NO_CACHE|OFFLINE|LINK_MODE|CONCURRENT_.+|CREDENTIALS_DIR|.+_MIRROR|NO_PROGRESS)$/;
/** They say where files of settings are, which are read here. */
const FILES = ['UV_CONFIG_FILE', 'UV_NO_CONFIG'];

type Env = Readonly<Record<string, string | undefined>>;

/** What uv is to read, and the names of settings of this machine that it leaves out. */
export interface UvSettings {
  variables: Record<string, string>;
  /** The content of its only file of settings. */
  file: string;
  left: string[];
}

/**
 * uv's settings of this machine that an environment is made with: those that say from where. All others say whether, what or
 * to where to install, which a step decides. Throws PluginError for a file that is no TOML.
 */
export async function uvSettings(env: Env): Promise<UvSettings> {
  const given = Object.entries(env).filter(([name, value]) => name.startsWith('UV_') && value);
  const left = given.map(([name]) => name).filter((name) => !VARIABLE.test(name) && !FILES.includes(name));
  const kept = given.flatMap(([name, value]) => (VARIABLE.test(name) && value ? [[name, value]] : []));
  const merged: TomlTable = {};
  for (const file of await files(env)) {
    const { pip, ...table } = file;
    left.push(...take(table, merged));
    if (!isTable(pip)) continue;
    const inPip: TomlTable = isTable(merged.pip) ? merged.pip : {};
    left.push(...take(pip, inPip).map((name) => `pip.${name}`));
    merged.pip = inPip;
  }
  return { variables: Object.fromEntries(kept), file: stringify(merged), left };
}

/** Adds what says from where; of two files the first wins, and its lists come first. Answers the names of the rest. */
function take(from: TomlTable, to: TomlTable): string[] {
  const left: string[] = [];
  for (const [name, value] of Object.entries(from)) {
    const earlier = to[name];
    if (!FROM_WHERE.some((pattern) => pattern.test(name))) left.push(name);
    else if (Array.isArray(earlier) && Array.isArray(value)) to[name] = [...earlier, ...value];
    else to[name] ??= value;
  }
  return left;
}

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** uv's files: the user's, then the system's. One that is named is the only one. */
async function files(env: Env): Promise<TomlTable[]> {
  if (env.UV_CONFIG_FILE) return [await table(env.UV_CONFIG_FILE)].filter((file) => file !== undefined);
  if (env.UV_NO_CONFIG && !/^(?:0|false)$/i.test(env.UV_NO_CONFIG)) return [];
  const user = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  const found = [await table(join(user, 'uv', 'uv.toml'))];
  for (const folder of [...(env.XDG_CONFIG_DIRS || '/etc/xdg').split(':').filter(Boolean), '/etc']) {
    const system = await table(join(folder, 'uv', 'uv.toml'));
    found.push(system);
    if (system) break;
  }
  return found.filter((file) => file !== undefined);
}

async function table(path: string): Promise<TomlTable | undefined> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const why = `uv's settings in ${path} cannot be read: ${message.split('\n')[0]}`;
    throw new PluginError({ code: 'ENVIRONMENT_FAILED', message: why, retryable: false }, { cause: error });
  }
}
