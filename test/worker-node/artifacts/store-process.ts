/** A process that works in an artifact store, to be killed: `store-process.ts FOLDER`. Tells its parent its working folder. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createArtifactStore } from '../../../worker-node/artifacts/artifact-store.ts';

const [dir = ''] = process.argv.slice(2);
const owner = { execution: 'exec_a', attempt: 1, step: 'a', try: 1 };
const workdir = await createArtifactStore({ dir }).forTry(owner).workdir();
await writeFile(join(workdir, 'half'), 'x');
process.once('disconnect', () => process.exit(0));
process.send?.(workdir);
