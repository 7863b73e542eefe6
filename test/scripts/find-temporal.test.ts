import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type FindOptions, findTemporal } from '../../scripts/local/temporal/find-temporal.ts';
import { temporaryFolder } from './temporary-folder.ts';

let bin: string;
let cache: string;
const said: string[] = [];

beforeEach(() => {
  const folder = temporaryFolder();
  bin = join(folder, 'bin');
  cache = join(folder, 'cache');
  mkdirSync(bin);
  said.length = 0;
});

function executable(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const find = (more: Partial<FindOptions> = {}) =>
  findTemporal({
    say: (text) => said.push(text),
    env: { PATH: bin, XDG_CACHE_HOME: cache },
    download: () => Promise.reject(new Error('no network')),
    ...more,
  });
const cached = () => join(cache, 'workflow-api', 'temporal-1.5.1', 'temporal');

test('the one on PATH is used before all others', async () => {
  const own = executable(join(bin, 'temporal'), 'exit 0');
  mkdirSync(join(cached(), '..'), { recursive: true });
  executable(cached(), 'exit 0');
  expect(await find()).toBe(own);
});

test('the cached one is used without a download', async () => {
  mkdirSync(join(cached(), '..'), { recursive: true });
  executable(cached(), 'exit 0');
  expect(await find()).toBe(cached());
  expect(said).toEqual([]);
});

test('a download ends in the cache, and nothing of it is left beside', async () => {
  const download: FindOptions['download'] = async (folder) =>
    executable(join(folder, 'temporal-sdk-download'), 'exit 0');
  expect(await find({ download })).toBe(cached());
  expect(readdirSync(join(cache, 'workflow-api'))).toEqual(['temporal-1.5.1']);
  expect(await find()).toBe(cached());
});

test('Go builds it when the download fails', async () => {
  executable(
    join(bin, 'go'),
    'echo "#!/bin/sh" > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"; echo "$@" > "$GOBIN/../go-arguments"',
  );
  expect(await find()).toBe(cached());
  expect(existsSync(join(cache, 'workflow-api', 'go-arguments'))).toBe(true);
  expect(said.at(-1)).toContain('building it with Go instead');
});

test('a downloaded binary that does not run is not kept', async () => {
  const download: FindOptions['download'] = async (folder) =>
    executable(join(folder, 'broken'), 'echo "bad CPU type"; exit 1');
  await expect(find({ download })).rejects.toThrow('bad CPU type');
  expect(existsSync(cached())).toBe(false);
});

test('when nothing works the error names each way that was tried and what to do', async () => {
  executable(join(bin, 'go'), 'echo "module not found"; exit 1');
  const error = await find().catch((reason: Error) => reason.message);
  expect(error).toContain('download: no network');
  expect(error).toContain('go install: module not found');
  expect(error).toContain('set TEMPORAL_ADDRESS');
});

test('a stop in the middle of a build ends the build', async () => {
  const stop = new AbortController();
  executable(join(bin, 'go'), `echo $$ > ${join(bin, 'pid')}; exec /bin/sleep 60`);
  const found = find({
    signal: stop.signal,
    say: (text) => text.includes('with Go') && stop.abort(new Error('stopped')),
  });
  await expect(found).rejects.toThrow('stopped');
  expect(existsSync(cached())).toBe(false);
});
