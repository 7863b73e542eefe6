// Plain JavaScript because scripts/run.mjs needs it before Node 24 is installed.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isRunning } from './process-identity.mjs';

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${file} cannot be read: ${error.message}. If nothing of this project runs, delete it.`, {
      cause: error,
    });
  }
}

/** Puts `content` at `file` in one step, so that nobody reads half of it. False when there is one already. */
function place(file, content) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

export function readClaim(file) {
  const holder = read(file);
  return holder && isRunning(holder) ? holder : undefined;
}

export function claim(file, note) {
  mkdirSync(dirname(file), { recursive: true });
  const content = (some) => JSON.stringify({ ...identify(process.pid), ...some });
  for (;;) {
    if (place(file, content(note))) break;
    const holder = read(file);
    if (holder === undefined) continue;
    if (isRunning(holder)) return { held: false, holder };
    // Whoever renames the dead holder's file away may go on; others find it gone and try again from the start.
    const aside = `${file}.${process.pid}.stale`;
    try {
      renameSync(file, aside);
    } catch (error) {
      if (error.code === 'ENOENT') continue;
      throw error;
    }
    const moved = read(aside);
    // Someone else replaced the dead holder between our look and our rename: give theirs back.
    if (isRunning(moved)) place(file, JSON.stringify(moved));
    rmSync(aside);
  }
  return {
    held: true,
    note(changed) {
      const draft = `${file}.${process.pid}`;
      writeFileSync(draft, content(changed));
      renameSync(draft, file);
    },
    release() {
      if (read(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}
