// One process at a time: a lock that the operating system drops when its holder ends, however it ends. SQLite's own file lock is
// used for it, because Node has no other that works on every system.
import { open, stat, unlink } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { CommandError, EXIT } from '../exit-codes.ts';

export interface FileLock {
  /** Lets others in, and removes the lock's file. */
  release(): Promise<void>;
}

const SQLITE_BUSY = 5;
/** A lock's file can vanish between its making and its locking, when another holder ends; then it is made again. */
const MAXIMUM_TRIES = 10;

async function inodeOf(path: string): Promise<bigint | undefined> {
  return stat(path, { bigint: true }).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

function lockFile(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive;');
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw error;
  }
}

/** Takes the lock at `path`. Throws CommandError (not possible in the current state) with `busy` when another process has it. */
export async function takeLock(path: string, busy: string): Promise<FileLock> {
  for (let attempt = 1; ; attempt++) {
    await (await open(path, 'a', 0o600)).close();
    const before = await inodeOf(path);
    const lock = lockFile(path);
    if (lock === undefined) {
      throw new CommandError(EXIT.invalidState, busy, 'Wait until it has ended, then run this again.');
    }
    const after = await inodeOf(path);
    if (after !== undefined && after === before) {
      return {
        async release() {
          // First the name, then the lock: whoever gets the lock of a file without a name makes a new one. Windows lets nobody
          // remove an open file; there it stays.
          await unlink(path).catch(() => undefined);
          lock.close();
        },
      };
    }
    lock.close();
    if (attempt >= MAXIMUM_TRIES) throw new CommandError(EXIT.inputOutput, `${path} cannot be locked.`);
  }
}
