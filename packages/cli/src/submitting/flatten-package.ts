// Unpacks a signed package into a folder, without the `drivers` folder that the service puts around everything.
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { normalizeMemberName } from '@assay/driver-package';
import yauzl from 'yauzl';
import { CommandError, EXIT } from '../exit-codes.ts';

/** Bounds on what a package may unpack to, so that a small hostile one cannot fill the disk. */
const LIMITS = { entries: 10_000, totalBytes: 8 * 2 ** 30 };
const WRAPPER = /^drivers\//i;

function refused(reason: string): CommandError {
  return new CommandError(EXIT.validationFailed, `The package cannot be unpacked: ${reason}.`);
}

/** Throws unless the folder is missing or empty. */
export async function requireEmptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) {
    throw new CommandError(EXIT.usage, `${folder} is not empty.`, 'Choose another folder.');
  }
}

async function unpackInto(archive: string, directory: string): Promise<string[]> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false });
  const names = new Set<string>();
  let total = 0;
  try {
    if (zip.entryCount > LIMITS.entries) throw refused(`it has more than ${LIMITS.entries} entries`);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const name = normalizeMemberName(entry.fileName);
      if (!name.ok) throw refused(`the name ${JSON.stringify(entry.fileName)} ${name.reason}`);
      const path = name.path.replace(WRAPPER, '');
      if (names.has(path.toLowerCase())) throw refused(`it holds ${path} twice`);
      names.add(path.toLowerCase());
      total += entry.uncompressedSize;
      if (total > LIMITS.totalBytes) throw refused('it unpacks to more than is allowed');
      const location = join(directory, ...path.split('/'));
      await mkdir(dirname(location), { recursive: true });
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(location, { flags: 'wx' }));
    }
  } finally {
    zip.close();
  }
  return [...names];
}

/** Unpacks a package; the folder appears when it is complete. Returns how many files there are. */
export async function flattenPackage(archive: string, folder: string): Promise<number> {
  await requireEmptyFolder(folder);
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(join(dirname(folder), `.${basename(folder)}.`));
  try {
    const names = await unpackInto(archive, temporary);
    await rmdir(folder).catch(() => undefined);
    await rename(temporary, folder);
    return names.length;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
