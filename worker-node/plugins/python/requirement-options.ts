import { PluginError } from '../define-plugin.ts';

const SHORT: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-f': '--find-links',
  '-i': '--index-url',
};
/** What may follow a requirement; pip leaves out all else without a word. */
const OF_REQUIREMENT = /^--(?:hash|config-settings?|global-option)$/;
const OTHERS =
  /^--(?:index-url|pypi-url|extra-index-url|trusted-host|no-binary|only-binary|use-feature|no-index|prefer-binary|require-hashes|pre)$/;

/** The option that a word is, with the value that is part of the word. Throws for one that is not known. */
export function optionOf(word: string): [option?: string, value?: string] {
  if (!word.startsWith('-')) return [];
  const short = SHORT[word.slice(0, 2)];
  if (short !== undefined) return word.length > 2 ? [short, word.slice(2)] : [short];
  const [name = '', ...rest] = word.split('=');
  if (!Object.values(SHORT).includes(name) && !OTHERS.test(name))
    throw invalid(`the option "${name}" is not known in requirements files`);
  return rest.length > 0 ? [name, rest.join('=')] : [name];
}

/** Throws for a requirement followed by an option that has no meaning there. */
export function assertNothingLost(line: string): void {
  const options = [...line.matchAll(/\s(--?[A-Za-z][\w-]*)/g)].map(([, option = '']) => option);
  const lost = options.find((option) => !OF_REQUIREMENT.test(option));
  if (lost !== undefined) throw invalid(`the option "${lost}" must stand on a line of its own`);
}

/** An error of a requirements file. */
export const invalid = (message: string): PluginError =>
  new PluginError({ code: 'INVALID_CONFIG', message, retryable: false });
