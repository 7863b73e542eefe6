import { describe, expect, it } from 'vitest';
import { run } from './project.ts';

/** What a script may have put at the path of its output, before the helper writes there. */
const WAYS: Record<string, string> = {
  folder: 'fs.mkdirSync(path)',
  FIFO: `execFileSync('mkfifo', [path])`,
  device: `fs.symlinkSync('/dev/null', path)`,
  'dangling link': `fs.symlinkSync('nowhere', path)`,
  circle: 'fs.symlinkSync(path, path)',
  empty: `fs.writeFileSync(path, '')`,
  file: `fs.writeFileSync(path, '{')`,
  link: `fs.writeFileSync('target.json', '{"old": 1}'); fs.symlinkSync(process.cwd() + '/target.json', path)`,
};

const ENDS: Record<string, string> = { returns: 'return { new: 1 }', nothing: '', outputs: 'wf.output({ new: 1 })' };

describe('the output file of a Node script', { timeout: 60_000 }, () => {
  const call = (end: string, way: string) =>
    run(
      `import fs from 'node:fs';
       import { execFileSync } from 'node:child_process';
       export function f(_, wf) { const path = process.env.WF_OUTPUT; ${WAYS[way]}; ${ENDS[end]}; }`,
      { function: 'f' },
    );

  const blocked = ['folder', 'FIFO', 'device', 'dangling link', 'circle'];
  it.concurrent.each(blocked.flatMap((way) => Object.keys(ENDS).map((end): [string, string] => [way, end])))(
    'is refused when something else is in its place: %s, %s',
    async (way, end) => {
      const failing = call(end, way);
      await expect(failing).rejects.toMatchObject({ code: 'INVALID_OUTPUT', retryable: false });
      await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('/') });
    },
  );

  it.concurrent.each(['empty', 'file', 'link'])('is written anew: %s', async (way) => {
    expect(await call('returns', way)).toEqual({ new: 1 });
    expect(await call('outputs', way)).toEqual({ new: 1 });
  });

  it('counts when the function returns nothing', async () => {
    expect(await call('nothing', 'empty')).toEqual({});
    expect(await call('nothing', 'link')).toEqual({ old: 1 });
    await expect(call('nothing', 'file')).rejects.toMatchObject({ code: 'INVALID_OUTPUT' });
  });
});
