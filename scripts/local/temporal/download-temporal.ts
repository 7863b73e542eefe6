/**
 * Downloads Temporal's CLI into a folder with the SDK's own downloader: `download-temporal.ts FOLDER VERSION`. The SDK offers
 * the download only as a part of starting a server, so it starts one briefly.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [folder, version] = process.argv.slice(2);
if (!folder || !version) throw new Error('usage: download-temporal.ts FOLDER VERSION');

try {
  const server = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir: folder, version: `v${version}` } },
  });
  await server.teardown();
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
