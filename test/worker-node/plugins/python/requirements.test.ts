import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mayInstallLater } from '../../../../worker-node/plugins/python/install-failure.ts';
import { readRequirements } from '../../../../worker-node/plugins/python/requirements.ts';

let dir: string;
let projectDir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'wf-requirements-')));
  projectDir = join(dir, 'project');
  await mkdir(projectDir);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(projectDir, path)), { recursive: true });
    await writeFile(join(projectDir, path), content);
  }
}

const text = (path: string) => readFile(join(projectDir, path), 'utf8');

const read = async (given: string | string[]) => {
  const { files, local } = await readRequirements({ projectDir, dataDir: join(projectDir, 'data') }, given);
  return { files: Object.fromEntries(files), local: [...local.values()], places: [...local.keys()] };
};

describe('the requirements of a step', () => {
  it('include other files, relative to the file that includes them', async () => {
    await write({
      'req/all.txt': '-r more/base.txt\n--requirement=more/dev.txt\n-c limits.txt\nidna==3.7  # text\n',
      'req/more/base.txt': '# nothing\n-rdev.txt\n',
      'req/more/dev.txt': 'certifi \\\n  >=2024\n',
      'req/limits.txt': 'idna<4\r\ncertifi<2030\r\n',
    });
    expect((await read('req/all.txt')).files).toEqual({
      'requirements.txt': '--requirement 1-base.txt\n--requirement 2-dev.txt\n--constraint 3-limits.txt\nidna==3.7\n',
      '1-base.txt': '\n--requirement 2-dev.txt\n',
      '2-dev.txt': 'certifi   >=2024\n',
      '3-limits.txt': 'idna<4\ncertifi<2030\n',
    });
  });

  it('go on behind a backslash, with the blanks of the next line', async () => {
    await write({
      'all.txt':
        'idna==3.7\\\n    --hash=sha256:00\\\n\t--hash=sha256:11\n--index-url\\\n  https://example.com/simple\ncert\\\nifi\\\n  # text\na \\\\\n \\\n>=1 \\',
    });
    expect((await read('all.txt')).files['requirements.txt']?.split('\n').filter((line) => line !== '')).toEqual([
      'idna==3.7    --hash=sha256:00\t--hash=sha256:11',
      '--index-url https://example.com/simple',
      'certifi',
      'a  >=1',
    ]);
  });

  it('are refused when they include each other in a circle', async () => {
    await write({ 'a.txt': '-r more/a.txt\n', 'more/a.txt': '\n-c ../a.txt\n' });
    await expect(read('a.txt')).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      retryable: false,
      message:
        '"a.txt", line 1: "more/a.txt", line 2: the requirements files include each other in a circle: "a.txt", which includes "more/a.txt", which includes "a.txt"',
    });
  });

  it('name packages, archives and folders of the project', async () => {
    await write({
      'pyproject.toml': '',
      'req/pkg/setup.py': '',
      'req/wheels/a-1-py3-none-any.whl': 'a',
      'req/in place/setup.py': '',
      'req/all.txt': [
        '-e .',
        './pkg[dev] ; python_version > "3"',
        'pkg @ file:./pkg',
        'file:pkg#egg=pkg',
        '--find-links wheels --pre',
        './wheels/a-1-py3-none-any.whl --hash=sha256:00',
        `file://${'PROJECT'}/req/pkg`,
        '-e "in place"',
        '-e git+https://example.com/a.git#egg=a',
        'b @ https://example.com/b.whl',
        '-i https://example.com/simple',
      ].join('\n'),
    });
    await write({ 'req/all.txt': (await text('req/all.txt')).replace('PROJECT', projectDir) });
    const { files, places } = await read('req/all.txt');
    const req = join(projectDir, 'req');
    expect(files['requirements.txt']?.split('\n')).toEqual([
      `--editable ${projectDir}`,
      `${req}/pkg[dev] ; python_version > "3"`,
      `pkg @ file://${req}/pkg`,
      `file://${req}/pkg#egg=pkg`,
      `--find-links ${req}/wheels --pre`,
      `${req}/wheels/a-1-py3-none-any.whl --hash=sha256:00`,
      `${req}/pkg`,
      `--editable '${req}/in place'`,
      '--editable git+https://example.com/a.git#egg=a',
      'b @ https://example.com/b.whl',
      '--index-url https://example.com/simple',
      '',
    ]);
    expect(places).toContain(`in place ${projectDir}`);
    expect((await read(['file:./req/pkg'])).files['requirements.txt']).toBe(`${req}/pkg\n`);
  });

  it('change with what a package of the project holds, and not with what building it leaves', async () => {
    await write({ 'pkg/pyproject.toml': '', 'pkg/src/a.py': '1', 'wheels/a.whl': '1' });
    await write({ 'copied.txt': './pkg', 'linked.txt': '-e ./pkg', 'links.txt': '-f wheels' });
    const digests = async () => {
      const [copied, linked, links] = await Promise.all([read('copied.txt'), read('linked.txt'), read('links.txt')]);
      return { copied: copied.local, linked: linked.local, links: links.local };
    };
    const before = await digests();
    await write({
      'pkg/build/lib/a.py': '',
      'pkg/src/a.egg-info/x': '',
      'pkg/src/__pycache__/a.pyc': '',
      'pkg/.x': '',
    });
    expect(await digests()).toEqual(before);
    await write({ 'pkg/src/a.py': '2' });
    // Installed in place it is read anew anyway.
    expect(await digests()).toEqual({ ...before, copied: [expect.not.stringMatching(before.copied[0] ?? '')] });
    await write({ 'pkg/pyproject.toml': '[project]', 'wheels/a.whl': '2' });
    const after = await digests();
    expect(after.linked).not.toEqual(before.linked);
    expect(after.links).not.toEqual(before.links);
  });

  it.each([
    ['-r absent.txt', 'FILE_NOT_FOUND', '"a.txt", line 1: no file "absent.txt" in the project folder'],
    ['\n./absent', 'FILE_NOT_FOUND', '"a.txt", line 2: no file "absent" in the project folder'],
    ['-f ./absent', 'FILE_NOT_FOUND', 'no file "absent"'],
    ['absent-1-py3-none-any.whl', 'FILE_NOT_FOUND', 'no file "absent-1-py3-none-any.whl"'],
    ['-r ../outside.txt', 'ACCESS_DENIED', 'is not below the project folder'],
    ['-r /etc/passwd', 'ACCESS_DENIED', 'is not below the project folder'],
    ['-c .env', 'ACCESS_DENIED', 'begins with a dot'],
    ['-e ./data', 'ACCESS_DENIED', 'WF_DATA_DIR'],
    ['--find-links=linked', 'ACCESS_DENIED', 'WF_DATA_DIR'],
    ['a @ file:///etc', 'ACCESS_DENIED', 'is not below the project folder'],
    ['-e ./empty', 'INVALID_CONFIG', '"./empty" is no Python package: it has no pyproject.toml and no setup.py'],
    ['--requirem b.txt', 'INVALID_CONFIG', 'the option "--requirem" is not known in requirements files'],
    ['-r b.txt -r c.txt', 'INVALID_CONFIG', '--requirement must stand alone on its line'],
    ['idna -r b.txt', 'INVALID_CONFIG', 'the option "-r" must stand on a line of its own'],
    ['-r', 'INVALID_CONFIG', '--requirement lacks its path'],
    ['-c latin.txt', 'INVALID_CONFIG', 'the requirements file "latin.txt" is not UTF-8'],
  ])('are refused with file and line: %j', async (line, code, message) => {
    await write({
      'a.txt': line,
      'data/pyproject.toml': '',
      'empty/x': '',
      'latin.txt': Buffer.from('# \xe4', 'latin1'),
    });
    await write({ '.env': '', 'b.txt': '', 'c.txt': '' });
    await symlink('data', join(projectDir, 'linked'));
    await writeFile(join(dir, 'outside.txt'), '');
    await expect(read('a.txt')).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(message),
    });
  });

  it('are refused when a package may be one of two', async () => {
    await write({ 'pkg/setup.py': '', 'req/pkg/setup.py': '', 'req/a.txt': './pkg', 'b.txt': '-r req/a.txt' });
    await expect(read('b.txt')).rejects.toThrow('"./pkg" is a package both beside this file and in the project folder');
  });

  it('are read with the byte order marks of editors', async () => {
    await write({ 'a.txt': '\ufeffidna', 'b.txt': Buffer.from('\ufeffidna\r\n', 'utf16le') });
    expect((await read('a.txt')).files).toEqual((await read('b.txt')).files);
  });
});

describe('a failed installation', () => {
  it.each([
    ['ERROR: No matching distribution found for wf-absent==1.0', false],
    ['ERROR: Could not open requirements file: [Errno 2] No such file or directory', false],
    ["ERROR: Invalid requirement: 'idna=3'", false],
    ['× No solution found when resolving dependencies:', false],
    ['ERROR: ResolutionImpossible', false],
    [
      'WARNING: Retrying (Retry(total=4)) after connection broken by NewConnectionError\nERROR: No matching distribution found for idna',
      true,
    ],
    ['error: Failed to fetch: `https://example.com/simple/idna/`', true],
    ['ERROR: HTTP error 503 while getting https://example.com/idna.whl', true],
    ['OSError: [Errno 28] No space left on device', true],
  ])('says whether it may succeed later: %j', (output, later) => {
    expect(mayInstallLater(output)).toBe(later);
  });
});
