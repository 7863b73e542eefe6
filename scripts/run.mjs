/**
 * The first thing that every npm script runs: `run.mjs FILE [arguments]` installs what is missing and goes on with FILE
 * under the project's own Node; `run.mjs TOOL [arguments]` does so with a tool that npm installed. It is no pre-script:
 * npm with ignore-scripts, pnpm and yarn run none. Everything in it and below runs on the system's Node.
 */
const OLDEST = 20;

if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(
    `error: this is Node ${process.versions.node} (${process.execPath}), and the install needs ${OLDEST} or newer: put a newer one first on PATH. See https://nodejs.org/en/download\n`,
  );
  process.exitCode = 1;
} else {
  // Only now: an older Node would stop at the syntax of what follows.
  import('./install/launch.mjs').then(({ launch }) => launch(process.argv.slice(2)));
}
