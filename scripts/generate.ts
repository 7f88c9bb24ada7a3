// `npm run generate`: writes the documents that are derived from the code.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DOCUMENTS } from './documents/index.ts';

const ROOT = join(import.meta.dirname, '..');

for (const { path, write } of DOCUMENTS) {
  const file = join(ROOT, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await write());
  console.log(path);
}
