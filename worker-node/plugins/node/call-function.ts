import { pathToFileURL } from 'node:url';
import * as wf from './wf.ts';

// Started instead of the script when the config names a function: node call-function.ts <file> <function>

const [file = '', name = ''] = process.argv.slice(2);
// As if the file had been started: cluster and fork(process.argv[1]) start it, not this one.
process.argv.splice(1, 3, file);
const module = await import(pathToFileURL(file).href);
const callee = module[name];
if (typeof callee !== 'function') {
  const { createSuggester, didYouMean, listNames } = await import('../../../shared/domain/nearest.ts');
  const exported = Object.keys(module).filter((key) => typeof module[key] === 'function');
  const hint = `${didYouMean(createSuggester(exported)(name))}${listNames(exported, 'it exports')}`;
  throw new wf.Failure('FUNCTION_NOT_FOUND', `the file exports no function "${name}"${hint}`, { retryable: false });
}
wf.returned(await callee(wf.input(), wf));
