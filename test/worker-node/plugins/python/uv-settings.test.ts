import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { uvSettings } from '../../../../worker-node/plugins/python/uv-settings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'wf-uv-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function write(path: string, text: string): Promise<string> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text);
  return join(home, path);
}

describe("uv's settings of the machine", () => {
  it('say in variables from where packages come, and neither whether, what nor to where', async () => {
    const where = {
      UV_DEFAULT_INDEX: 'https://index.example/simple',
      UV_INDEX_CORP_PASSWORD: 'secret',
      UV_FIND_LINKS: '/wheels',
      UV_HTTP_TIMEOUT: '90',
      UV_CACHE_DIR: '/cache',
    };
    const others = { UV_TARGET: '/nowhere', UV_SYSTEM_PYTHON: '1', UV_NO_BINARY: '1', UV_EXCLUDE_NEWER: '2020-01-01' };
    const settings = await uvSettings({ HOME: home, XDG_CONFIG_DIRS: home, PATH: '/bin', ...where, ...others });
    expect(settings).toEqual({ variables: where, file: '\n', left: Object.keys(others) });
  });

  it("say so in the user's file and the system's, of which the user's wins", async () => {
    await write(
      '.config/uv/uv.toml',
      'offline = false\nextra-index-url = ["https://mine.example"]\nrequire-hashes = true\n[pip]\ntarget = "/nowhere"\nfind-links = ["/mine"]\n',
    );
    await write(
      'xdg/uv/uv.toml',
      'offline = true\nextra-index-url = ["https://all.example"]\n[[index]]\nname = "corp"\nurl = "https://corp.example"\n[pip]\nno-deps = true\nno-index = true\n',
    );
    const { file, left } = await uvSettings({ HOME: home, XDG_CONFIG_DIRS: join(home, 'xdg') });
    expect(parse(file)).toEqual({
      offline: false,
      'extra-index-url': ['https://mine.example', 'https://all.example'],
      index: [{ name: 'corp', url: 'https://corp.example' }],
      pip: { 'find-links': ['/mine'], 'no-index': true },
    });
    expect(left).toEqual(['require-hashes', 'pip.target', 'pip.no-deps']);
  });

  it('are read from a named file alone, or from none', async () => {
    await write('.config/uv/uv.toml', 'offline = true\n');
    const named = await write('named.toml', 'no-cache = true\n');
    const read = async (env: Record<string, string>) =>
      (await uvSettings({ HOME: home, XDG_CONFIG_DIRS: home, ...env })).file.trim();
    expect(await read({ UV_CONFIG_FILE: named })).toBe('no-cache = true');
    expect(await read({ UV_NO_CONFIG: '1' })).toBe('');
    expect(await read({ UV_NO_CONFIG: '0' })).toBe('offline = true');
  });

  it('are refused with their file when it is no TOML', async () => {
    const file = await write('.config/uv/uv.toml', 'offline = \n');
    await expect(uvSettings({ HOME: home })).rejects.toMatchObject({
      code: 'ENVIRONMENT_FAILED',
      retryable: false,
      message: expect.stringContaining(`uv's settings in ${file} cannot be read`),
    });
  });
});
