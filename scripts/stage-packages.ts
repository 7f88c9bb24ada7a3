// `npm run stage`: writes the packages that are published, ready for `npm pack` and `npm publish`: build/assay (the command line)
// and build/hardware-api (the client for programs). `--out FOLDER` takes the place of build.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './staging/compile.ts';
import { stageCli } from './staging/stage-cli.ts';
import { stageSdk } from './staging/stage-sdk.ts';

const { values } = parseArgs({ options: { out: { type: 'string', default: join(ROOT, 'build') } } });
const PACKAGES = { assay: stageCli, 'hardware-api': stageSdk };

for (const [name, stage] of Object.entries(PACKAGES)) {
  const folder = join(resolve(values.out), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await stage(folder);
  console.log(folder);
}
