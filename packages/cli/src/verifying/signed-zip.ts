// Verifies a signed package as the service returns it: a ZIP with one folder for each driver. Every image and catalog must
// carry a good signature, and every file of a driver's folder must be in a catalog of that folder.
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type FileFormat,
  identifySource,
  type VerificationOptions,
  type VerifiedCatalog,
  verifyCatalog,
  verifyFile,
} from '@assay/authenticode';
import { normalizeMemberName } from '@assay/driver-package';
import yauzl from 'yauzl';
import { withFile } from '../with-file.ts';
import { failedItem, toItem, type VerifiedItem } from './verification.ts';

/** Bounds on what an archive may unpack to, so that a small hostile one cannot fill the disk. */
const LIMITS = { entries: 10_000, entryBytes: 4 * 2 ** 30, totalBytes: 8 * 2 ** 30, catalogBytes: 64 * 2 ** 20 };

interface UnpackedFile {
  /** Path inside the archive, with `/`. */
  readonly path: string;
  /** Where its bytes are; the name has nothing to do with the one in the archive. */
  readonly location: string;
  readonly size: number;
  readonly format: FileFormat | undefined;
}

/** Unpacks into `directory` under numbered names. Throws when the archive is broken or over the limits. */
async function unpack(archive: string, directory: string): Promise<UnpackedFile[]> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true, autoClose: false });
  const files: UnpackedFile[] = [];
  let total = 0;
  try {
    if (zip.entryCount > LIMITS.entries) throw new Error(`it has more than ${LIMITS.entries} entries`);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const name = normalizeMemberName(entry.fileName);
      if (!name.ok) throw new Error(`the name ${JSON.stringify(entry.fileName)} ${name.reason}`);
      const size = entry.uncompressedSize;
      total += size;
      if (size > LIMITS.entryBytes || total > LIMITS.totalBytes) throw new Error('it unpacks to more than is allowed');
      const location = join(directory, String(files.length));
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(location, { flags: 'wx', mode: 0o600 }));
      files.push({ path: name.path, location, size, format: (await withFile(location, identifySource))?.name });
    }
  } finally {
    zip.close();
  }
  return files;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The folders that hold an INF directly, outermost first: each is one driver. */
function driverFolders(files: readonly UnpackedFile[]): string[] {
  const folders = new Set(files.filter(({ path }) => /\.inf$/i.test(path)).map(({ path }) => folderOf(path)));
  return [...folders].filter(
    (folder) => ![...folders].some((outer) => outer !== folder && folder.startsWith(`${outer}/`)),
  );
}

/** One file through the catalogs of its folder; the first that knows it counts. */
async function verifyMember(
  file: UnpackedFile,
  shown: (path: string) => string,
  catalogs: readonly { readonly path: string; readonly verified: VerifiedCatalog }[],
): Promise<VerifiedItem> {
  let failed: VerifiedItem | undefined;
  for (const catalog of catalogs) {
    const verification = await withFile(file.location, (source) => catalog.verified.verifyMember(source, file.path));
    const item = toItem(shown(file.path), verification, catalog.path);
    if (item.ok) return item;
    failed ??= item;
  }
  return failed ?? failedItem(shown(file.path), 'notInCatalog', 'the folder of this driver holds no security catalog');
}

/** Verifies an archive. An archive that cannot be read, or holds nothing that is signed, is one failed item. */
export async function verifySignedZip(archive: string, options: VerificationOptions): Promise<VerifiedItem[]> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-verify-'));
  const shown = (path: string) => `${archive}: ${path}`;
  try {
    let files: UnpackedFile[];
    try {
      files = await unpack(archive, directory);
    } catch (error) {
      return [failedItem(archive, 'malformed', `the archive cannot be read: ${(error as Error).message}`)];
    }
    const items: VerifiedItem[] = [];
    for (const file of files.filter(({ format }) => format === 'pe' || format === 'cat')) {
      items.push(toItem(shown(file.path), await withFile(file.location, (source) => verifyFile(source, options))));
    }
    for (const folder of driverFolders(files)) {
      const inside = files.filter(({ path }) => folder === '' || path.startsWith(`${folder}/`));
      const catalogs = await Promise.all(
        inside
          .filter(({ format, size }) => format === 'cat' && size <= LIMITS.catalogBytes)
          .map(async ({ path, location }) => ({
            path,
            verified: await verifyCatalog(await readFile(location), options),
          })),
      );
      for (const file of inside.filter(({ format }) => format !== 'cat')) {
        items.push(await verifyMember(file, shown, catalogs));
      }
    }
    return items.length > 0 ? items : [failedItem(archive, 'unsigned', 'nothing in the archive can carry a signature')];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
