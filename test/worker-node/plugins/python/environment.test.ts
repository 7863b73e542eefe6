import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onPath } from '../../../../worker-node/on-path.ts';
import { machine, shelf } from './machine.ts';
import { pythonIsThere, unavailable } from './project.ts';

const uv = onPath('uv', process.env);
const skipped = uv ? ` (skipped: environments are made with ${uv})` : unavailable;
const MADE = ['1.0', expect.stringContaining('/cache/python/')];

// apache/airflow#15768
describe.skipIf(!pythonIsThere || uv !== undefined)(
  `pip's settings of the machine${skipped}`,
  { timeout: 120_000 },
  () => {
    it('say in variables from where packages come, and neither whether, what nor to where', async () => {
      const elsewhere = { PIP_TARGET: '/nowhere/target', PIP_PREFIX: '/nowhere/prefix', PIP_ROOT: '/nowhere/root' };
      const whether = {
        PIP_USER: '1',
        PIP_DRY_RUN: '1',
        PIP_REQUIRE_HASHES: '1',
        PIP_ISOLATED: '1',
        PIP_PYTHON: '/nowhere',
      };
      const what = { PIP_NO_DEPS: '1', PIP_NO_BINARY: ':all:', PIP_CONSTRAINT: '/nowhere.txt', PIP_PLATFORM: 'win32' };
      const where = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: shelf(), PIP_QUIET: '3' };
      const { run } = await machine({ env: { ...elsewhere, ...whether, ...what, ...where } });
      const { output, log } = await run();
      expect(output).toEqual(MADE);
      expect(log).toContain(
        'Settings of pip that do not count here: constraint, dry-run, isolated, no-binary, no-deps, platform, prefix, python, require-hashes, root, target, user',
      );
    });

    it('say so in every file, of the machine, the user, the Python, and one that is named', async () => {
      const { folder } = await machine({
        home: {
          'xdg/pip/pip.conf': '[global]\nno-index = true\nuser = true\n',
          '.pip/pip.conf': '[install]\nprefix = /nowhere\n',
          '.config/pip/pip.conf': `[install]\nno-deps = true\nfind-links = ${shelf()}\n`,
          'named.conf': `[global]\nquiet = 3\nroot = /nowhere\nno-index = true\nfind-links = ${shelf()}\n`,
        },
      });
      const places = { HOME: folder, XDG_CONFIG_DIRS: join(folder, 'xdg') };
      const all = await (await machine({ env: places })).run();
      expect(all.output).toEqual(MADE);
      expect(all.log).toContain('Settings of pip that do not count here: no-deps, prefix, user');
      const named = await (await machine({ env: { ...places, PIP_CONFIG_FILE: join(folder, 'named.conf') } })).run();
      expect(named.output).toEqual(MADE);
      expect(named.log).toContain('Settings of pip that do not count here: root, user');
    });

    it('name a proxy through which nothing can be reached, without its password', async () => {
      const proxy = 'http://me:secret@127.0.0.1:9';
      const settings = `[global]\nproxy = ${proxy}\nretries = 0\nindex-url = https://index.invalid/simple\n`;
      const { run } = await machine({ home: { '.config/pip/pip.conf': settings } });
      await expect(run()).rejects.toMatchObject({
        code: 'ENVIRONMENT_FAILED',
        message: expect.stringMatching(
          /asked for through a proxy: Proxy of pip's settings: http:\/\/\*\*\*@127\.0\.0\.1:9$/,
        ),
      });
    });
  },
);

describe.skipIf(!pythonIsThere)(`an environment${unavailable}`, { timeout: 120_000 }, () => {
  /** Of pip and of uv, whichever this machine has. */
  const links = (more = '') => ({
    env: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: shelf() },
    home: { '.config/uv/uv.toml': `no-index = true\n[pip]\nfind-links = ["${shelf()}"]\n${more}` },
  });

  it.skipIf(!uv)("follows uv's settings of the machine where they say from where, and no further", async () => {
    const { env, home } = links('target = "/nowhere"\nno-deps = true\nsystem = true\n');
    const whether = { UV_SYSTEM_PYTHON: '1', UV_PYTHON: '/nowhere', UV_REQUIRE_HASHES: '1', UV_NO_BINARY: '1' };
    const { run } = await machine({ env: { ...env, ...whether }, home });
    const { output, log } = await run();
    expect(output).toEqual(MADE);
    expect(log).toContain(
      `Settings of uv that do not count here: ${Object.keys(whether).join(', ')}, pip.target, pip.no-deps, pip.system`,
    );
  });

  it('is made anew when a package of it is gone, or its mark is of another kind', async () => {
    const { run, cacheDir } = await machine(links());
    const first = await run();
    expect(first.output).toEqual(MADE);
    expect(await run()).toEqual({ output: first.output, log: [] });
    const [name = ''] = (await readdir(join(cacheDir, 'python'))).filter((entry) => !entry.endsWith('.lock'));
    const environment = join(cacheDir, 'python', name);
    // As older versions left it, whatever was installed.
    await writeFile(join(environment, '.ready'), '');
    expect((await run()).log.join('\n')).toContain('install');
    const listed = JSON.parse(await readFile(join(environment, '.ready'), 'utf8')) as string[];
    const ours = listed.find((path) => path.includes('wf_probe'));
    expect(ours).toMatch(/wf_probe-1\.0\.dist-info\/METADATA$/);
    await rm(join(environment, ours ?? '', '..'), { recursive: true });
    const again = await run();
    expect(again.output).toEqual(first.output);
    expect(again.log.join('\n')).toContain('install');
  });

  it('is not ready when its installer ends well and has installed nothing', async () => {
    const { folder } = await machine({});
    await mkdir(join(folder, 'bin'), { recursive: true });
    const nothing = `#!/bin/sh\n[ "$1" = pip ] && exit 0\nfor folder; do :; done\nexec python3 -m venv --without-pip "$folder"\n`;
    await writeFile(join(folder, 'bin', 'uv'), nothing, { mode: 0o755 });
    const { run, cacheDir } = await machine({ env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` } });
    await expect(run()).rejects.toMatchObject({
      code: 'ENVIRONMENT_FAILED',
      retryable: false,
      message: expect.stringContaining('The installer ended without an error, and yet not installed: wf-probe'),
    });
    const [name = ''] = (await readdir(join(cacheDir, 'python'))).filter((entry) => !entry.endsWith('.lock'));
    expect(await readdir(join(cacheDir, 'python', name))).not.toContain('.ready');
  });
});
