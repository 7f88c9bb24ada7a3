// Downloads an item of a submission into a file that appears whole or not at all. What has arrived when the process ends stays
// beside it as FILE.partial, with a note of what it is part of, and the next run goes on from there.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DownloadIntegrityError, type DownloadStart, type HardwareClient, type Submission } from '@assay/hardware-api';
import { refuseExisting } from '../atomic-file.ts';
import { CommandError, EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { takeLock } from './file-lock.ts';

/** The first bytes of a zip with entries (APPNOTE.TXT §4.3.7). */
const ZIP_ENTRY = 0x0403_4b50;

export interface DownloadedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface DownloadTarget {
  readonly path: string;
  /** Whether a file of that name may be replaced. */
  readonly force: boolean;
  /** Lower-case hex; what has another one is not kept. */
  readonly expectedSha256?: string | undefined;
  /** Looks at the complete file before it gets its name; what it throws leaves the file as FILE.unverified. */
  readonly check?: ((path: string) => Promise<void>) | undefined;
  /** Told about the complete file right before it gets its name. */
  readonly onComplete?: ((file: DownloadedFile) => Promise<void>) | undefined;
}

/** What a partial file is part of. */
interface PartialNote {
  readonly submission: string;
  readonly type: string;
  readonly etag: string;
}

/** SHA-256 to be shown and MD5 to be compared with what the service knows. */
class Digests {
  readonly #sha256: Hash = createHash('sha256');
  readonly #md5: Hash = createHash('md5');

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#md5.update(bytes);
  }

  digest(): string {
    return this.#sha256.digest('hex');
  }

  md5(): string {
    return this.#md5.digest('base64');
  }
}

/** SHA-256 of a file in lower-case hex; undefined when there is none. */
export async function sha256OfFile(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

async function readNote(path: string): Promise<Partial<PartialNote>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Partial<PartialNote>;
  } catch {
    return {};
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** Where to go on in a partial file, with its bytes counted in; undefined to begin at the start. */
async function resumePoint(
  partial: string,
  notePath: string,
  wanted: Omit<PartialNote, 'etag'>,
  digests: Digests,
): Promise<{ readonly offset: number; readonly etag: string } | undefined> {
  const { submission, type, etag } = await readNote(notePath);
  if (submission !== wanted.submission || type !== wanted.type || etag === undefined) return undefined;
  const offset = await sizeOf(partial);
  if (offset === 0) return undefined;
  for await (const chunk of createReadStream(partial)) digests.update(chunk);
  return { offset, etag };
}

/** The signed package is a zip: an error page of something in between is none. Throws DownloadIntegrityError. */
async function requireZip(handle: FileHandle): Promise<void> {
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  if (buffer.readUInt32LE() !== ZIP_ENTRY) {
    throw new DownloadIntegrityError('What was downloaded is no zip file, so it is no signed package.', 'digest');
  }
}

async function receive(
  client: HardwareClient,
  submission: Submission,
  type: string,
  { path, expectedSha256 }: DownloadTarget,
  progress: Progress,
): Promise<DownloadedFile> {
  const partial = `${path}.partial`;
  const notePath = `${partial}.json`;
  const wanted = { submission: `${submission.productId}/${submission.id}`, type };
  const digests = new Digests();
  const from = await resumePoint(partial, notePath, wanted, digests);
  if (from === undefined) {
    await rm(notePath, { force: true });
    await writeFile(partial, '');
  } else {
    await truncate(partial, from.offset);
    progress.note(`going on with the download at byte ${from.offset}`);
  }
  const keepNote = async ({ etag }: DownloadStart) => {
    if (etag !== undefined) await writeFile(notePath, JSON.stringify({ ...wanted, etag }));
  };
  const handle: FileHandle = await open(partial, 'a+');
  try {
    const result = await client.download(
      submission,
      type,
      { write: (bytes) => handle.writeFile(bytes) },
      {
        digest: digests,
        expectedSha256,
        ...(from === undefined ? {} : { from }),
        onStart: keepNote,
        onProgress: (bytes, total) => progress.count('downloading', bytes, total),
      },
    );
    await handle.sync();
    if (result.contentMd5 !== undefined && result.contentMd5 !== digests.md5()) {
      throw new DownloadIntegrityError('What was downloaded has not the MD5 that the service states.', 'digest');
    }
    if (type.toLowerCase() === 'signedpackage') await requireZip(handle);
    return { path, size: result.size, sha256: result.sha256 ?? '' };
  } finally {
    await handle.close();
  }
}

/**
 * Downloads one item, for example `signedPackage`, and goes on with what an earlier run has left. Throws what the client throws,
 * and CommandError when the file is there already or another process downloads to it.
 */
export async function downloadToFile(
  client: HardwareClient,
  submission: Submission,
  type: string,
  target: DownloadTarget,
  progress: Progress,
): Promise<DownloadedFile> {
  const { path, force, check, onComplete } = target;
  await refuseExisting(path, force);
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  const lock = await takeLock(`${partial}.lock`, `Another process downloads to ${path}.`);
  try {
    let file: DownloadedFile;
    try {
      file = await receive(client, submission, type, target, progress);
    } catch (error) {
      if (!(error instanceof DownloadIntegrityError)) throw error;
      // What is here is part of something else, or damaged: once more from the first byte.
      await forget(partial);
      if (error.code !== 'changed') throw error;
      progress.note('the file has changed at the service; downloading it from the start');
      file = await receive(client, submission, type, target, progress);
    }
    try {
      await check?.(partial);
    } catch (error) {
      await rename(partial, `${path}.unverified`);
      await forget(partial);
      throw error;
    }
    // Asked again, because another process may have made the file meanwhile.
    await refuseExisting(path, force);
    await onComplete?.(file);
    await rename(partial, path);
    await forget(partial);
    progress.note(`downloaded ${file.size} bytes to ${path}`);
    return file;
  } finally {
    await lock.release();
  }
}

/** Removes what a download that was stopped left beside the file. */
export async function forgetPartial(path: string): Promise<void> {
  await forget(`${path}.partial`);
}

async function forget(partial: string): Promise<void> {
  await rm(`${partial}.json`, { force: true });
  await rm(partial, { force: true });
}

/** Throws CommandError when the submission has no such download yet. */
export function requireDownloadable(submission: Submission, type: string): void {
  const types = submission.downloads?.items.map((item) => item.type) ?? [];
  if (types.some((known) => known.toLowerCase() === type.toLowerCase())) return;
  throw new CommandError(
    EXIT.invalidState,
    `Submission ${submission.id} has no ${type}.`,
    types.length === 0 ? 'Wait for it with "assay wait".' : `There are: ${types.join(', ')}.`,
  );
}
