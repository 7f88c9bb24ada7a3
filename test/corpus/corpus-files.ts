// Finds the files of the fetched corpus; tests of parts that are not there skip and say how to get them.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** The folder of a part, or undefined after marking the test as skipped. */
export function corpusPart(t: TestContext, name: string): string | undefined {
  const corpus = process.env.ASSAY_CORPUS;
  if (corpus === undefined || corpus === '') {
    t.skip('ASSAY_CORPUS is not set: node test/corpus/fetch-corpus.ts FOLDER, then ASSAY_CORPUS=FOLDER');
    return undefined;
  }
  const folder = join(corpus, name);
  if (existsSync(folder)) return folder;
  t.skip(`${name} is not in ASSAY_CORPUS: it could not be fetched`);
  return undefined;
}

/** Paths of the files in a folder that match, in order. */
export function filesIn(folder: string, pattern: string): string[] {
  return globSync(pattern, { cwd: folder })
    .sort()
    .map((path) => join(folder, path));
}

export function readBytes(path: string): Uint8Array {
  const { buffer, byteOffset, length } = readFileSync(path);
  return new Uint8Array(buffer, byteOffset, length);
}
