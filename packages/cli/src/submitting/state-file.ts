// The file by which `assay submit` goes on where an earlier run ended. It is written as a whole or not at all, is readable by its
// owner alone, and holds no secret and no URL that gives access.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseJson, type SubmitCheckpoint, type SubmitState, stringifyJson } from '@assay/hardware-api';
import { CommandError, EXIT } from '../exit-codes.ts';
import { takeLock } from './file-lock.ts';
import type { SubmitResult } from './submit-result.ts';

/** Which service the ids of a state belong to. */
export interface ServiceIdentity {
  readonly url: string;
  /** Undefined when the credentials don't say. */
  readonly tenant: string | undefined;
}

export interface SubmissionRecord {
  readonly version: 1;
  readonly service: ServiceIdentity;
  readonly submission: SubmitState;
  /** What the run that came to the end has printed. */
  readonly result?: SubmitResult;
}

/** A state file that is held by this process. */
export interface StateFile {
  readonly path: string;
  /** What stands in it; undefined while there is nothing. */
  readonly record: SubmissionRecord | undefined;
  readonly checkpoint: SubmitCheckpoint;
  /** Keeps what this run prints. */
  finish(result: SubmitResult): Promise<void>;
  close(): Promise<void>;
}

/** The state file of a package unless another is named. */
export function stateFileOf(packagePath: string): string {
  return `${packagePath}.assay-submit.json`;
}

/** Reads a state file; undefined when there is none. Throws CommandError when it is something else. */
export async function readStateFile(path: string): Promise<SubmissionRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let content: Partial<SubmissionRecord> | undefined;
  try {
    content = parseJson(text) as Partial<SubmissionRecord>;
  } catch {
    content = undefined;
  }
  if (content?.version !== 1 || typeof content.submission !== 'object' || typeof content.service?.url !== 'string') {
    throw new CommandError(
      EXIT.usage,
      `${path} is not the state of a submission, or of another version of assay.`,
      'Name another file with --state, or pass --start-over to replace it; a submission that it knew of stays at the service.',
    );
  }
  return content as SubmissionRecord;
}

/** Where the next state is written before it takes the place of the last. Nobody else uses this name while the lock is held. */
function temporaryOf(path: string): string {
  return `${path}.tmp`;
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = temporaryOf(path);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  // Where folders can be synced, the new name then survives a power cut too.
  const folder = await open(dirname(path), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function sameService(a: ServiceIdentity, b: ServiceIdentity): boolean {
  const root = (url: string) => url.replace(/\/+$/, '').toLowerCase();
  const tenants = [a.tenant, b.tenant].map((tenant) => tenant?.toLowerCase());
  return root(a.url) === root(b.url) && (tenants.includes(undefined) || tenants[0] === tenants[1]);
}

/** Opens a state file for this process alone. Throws CommandError when another has it, or when it belongs to another service. */
export async function openStateFile(
  path: string,
  service: ServiceIdentity,
  { startOver }: { readonly startOver: boolean },
): Promise<StateFile> {
  const lock = await takeLock(`${path}.lock`, `Another "assay submit" is at work with ${path}.`);
  try {
    // Left by a run that ended before the state had its name.
    await rm(temporaryOf(path), { force: true });
    let record = startOver ? undefined : await readStateFile(path);
    if (record !== undefined && !sameService(record.service, service)) {
      const there = record.service.tenant === undefined ? '' : `, tenant ${record.service.tenant}`;
      throw new CommandError(
        EXIT.invalidState,
        `${path} is the state of a submission to ${record.service.url}${there}.`,
        'Connect to that service, name another file with --state, or pass --start-over to begin anew at this one.',
      );
    }
    const write = async (next: SubmissionRecord) => {
      record = next;
      await replace(path, `${stringifyJson(next, 2)}\n`);
    };
    return {
      path,
      get record() {
        return record;
      },
      checkpoint: {
        load: async () => record?.submission,
        // What an earlier run had delivered stays known: the files are there under their names.
        save: async (submission) => write({ ...record, version: 1, service, submission }),
      },
      async finish(result) {
        if (record !== undefined) await write({ ...record, result });
      },
      close: () => lock.release(),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
