import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startChild } from '../scripts/child.ts';
import { projectCopy } from '../scripts/project-copy.ts';
import { whenUp } from './running-stack.ts';

test.each(['a#1', "what? a%20b 100% it's $HOME"])(
  'npm start keeps everything in a data folder below %s, and goes on from there',
  async (name) => {
    const project = projectCopy({ parts: 'real' });
    const dataDir = join(project.root, 'data', name, 'kept');
    const start = () =>
      whenUp(
        project,
        startChild('npm', ['start', '--', '--port', '0', '--data-dir', dataDir], {
          cwd: project.root,
          env: project.env,
        }),
      );
    for (let time = 1; time <= 2; time++) {
      const stack = await start();
      const execution = await stack.execute([{ id: 'a', plugin: 'core', operation: 'echo', config: { value: time } }]);
      expect(execution.status).toBe('completed');
      expect(await stack.stop()).toBe(0);
    }
    expect(existsSync(join(dataDir, 'temporal.sqlite'))).toBe(true);
    expect([readdirSync(join(project.root, 'data')), readdirSync(join(project.root, 'data', name))]).toEqual([
      [name],
      ['kept'],
    ]);
  },
);
