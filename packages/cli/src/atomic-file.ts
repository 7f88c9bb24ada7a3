// Files that appear whole or not at all: written under a temporary name in the same folder, flushed, then renamed.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CommandError, EXIT } from './exit-codes.ts';

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function alreadyThere(path: string): CommandError {
  return new CommandError(EXIT.usage, `${path} exists already.`, 'Choose another name, or pass --force to replace it.');
}

/** Throws when `path` is taken and may not be replaced: to be asked before any work is done. */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  if (!force && (await exists(path))) throw alreadyThere(path);
}

async function moveInto(temporary: string, path: string, force: boolean): Promise<void> {
  if (force) {
    await rename(temporary, path);
    return;
  }
  // A link fails when the name was taken in the meantime; a rename would replace that file.
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyThere(path);
    // Some file systems have no hard links.
    await refuseExisting(path, force);
    await rename(temporary, path);
    return;
  }
  await unlink(temporary);
}

/**
 * Calls `write` with an open temporary file and then gives that file its name. When `write` throws, nothing is left.
 * Folders on the way to `path` are made.
 */
export async function writeAtomically<Result>(
  path: string,
  force: boolean,
  write: (handle: FileHandle) => Promise<Result>,
): Promise<Result> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString('hex')}.partial`);
  const handle = await open(temporary, 'wx+');
  try {
    const result = await write(handle);
    await handle.sync();
    await handle.close();
    await moveInto(temporary, path, force);
    return result;
  } catch (error) {
    await handle.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
