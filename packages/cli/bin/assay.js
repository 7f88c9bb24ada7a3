#!/usr/bin/env node
// The entry point that npm links as `assay`. Plain JavaScript, so that a Node too old to run TypeScript can still say so.
import { homedir } from 'node:os';
import { join } from 'node:path';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `assay needs Node 24 or newer; this is ${process.version}. Install a newer Node; in a checkout of the project, "npx assay" brings its own.\n`,
  );
  process.exit(1);
}

/** A folder of this user's alone: what lies in it is run. */
function cacheFolder() {
  const { env, platform } = process;
  if (platform === 'win32' && env.LOCALAPPDATA) return join(env.LOCALAPPDATA, 'assay', 'cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'assay');
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'assay');
}

// Compiled code is kept between runs, which makes the start three times as fast. Where the folder cannot be written, nothing is.
const { enableCompileCache } = await import('node:module');
try {
  enableCompileCache(process.env.NODE_COMPILE_CACHE || join(cacheFolder(), 'compile'));
} catch {
  // A user without a home folder: the start takes a little longer.
}

const program = await import('../src/main.ts');
await program.main(process.argv);
