import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, inject, it, onTestFinished } from 'vitest';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const section = readme.slice(readme.indexOf('## With curl'), readme.indexOf('## With TypeScript'));
const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
const commands = blocks.filter((block) => !block.startsWith('npm start')).join('\n');

/** Runs what the README shows, then `more`, where `.wf/local.json` tells of the stack. */
async function run(more: string) {
  const folder = mkdtempSync(join(tmpdir(), 'wf-readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, '.wf'));
  const { url, api_key } = inject('stack');
  writeFileSync(join(folder, '.wf/local.json'), JSON.stringify({ url, api_key }));
  return promisify(execFile)('sh', ['-c', `${commands}\n${more}`], { cwd: folder });
}

it('the commands of the README post a definition from a file and show how it ended', async () => {
  const { stdout, stderr } = await run('');
  expect(stdout).toContain('"output":{"count":7}');
  expect(stderr).toBe('');
});

it('its helper prints an error as it is, and fails', async () => {
  const { stdout, stderr } = await run(`
    post $API '{"name": "x", "steps": []}' | field id || echo "ended with $?"
    echo 'connection refused' | field id || echo "ended with $?"`);
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual(['ended with 1', 'ended with 1']);
  const [answer = '', other] = stderr.trimEnd().split('\n');
  expect(JSON.parse(answer)).toMatchObject({ success: false, error: { code: 'VALIDATION_ERROR' } });
  expect(other).toBe('connection refused');
});
