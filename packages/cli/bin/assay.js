#!/usr/bin/env node
// The entry point that npm links as `assay`. Plain JavaScript, so that a Node too old to run TypeScript can still say so.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `assay needs Node 24 or newer; this is ${process.version}. Run it as "npx assay" inside the project (which brings its own Node), or install a newer Node.\n`,
  );
  process.exit(1);
}
import('../src/main.ts').then((program) => program.main(process.argv));
