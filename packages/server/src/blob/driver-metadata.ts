// The driver metadata of a submission, read out of its blob. The file is parsed once: a content never changes, so what it
// holds is remembered by its name.
import { type DriverMetadataIndex, parseDriverMetadata } from '@assay/hardware-api';
import type { Database } from '../store/database.ts';
import { listDownloads } from '../store/submissions.ts';
import type { BlobStore } from './blob-store.ts';

/** Largest metadata file that is read, in bytes. */
const MAXIMUM_SIZE = 64 * 1024 * 1024;
/** How many metadata files are remembered for a blob store, and how many combinations they may hold together. */
const FILES_KEPT = 16;
const COMBINATIONS_KEPT = 200_000;

/** A submission's metadata and the name of the content that it was read from. */
export interface SubmissionMetadata {
  readonly content: string;
  readonly index: DriverMetadataIndex;
}

const knownFiles = new WeakMap<BlobStore, Map<string, DriverMetadataIndex>>();

/** Keeps the most recently used files within the limits. */
function remember(known: Map<string, DriverMetadataIndex>, content: string, index: DriverMetadataIndex): void {
  known.delete(content);
  known.set(content, index);
  let combinations = [...known.values()].reduce((sum, each) => sum + each.combinations.length, 0);
  for (const [oldest, { combinations: held }] of known) {
    if (known.size <= FILES_KEPT && combinations <= COMBINATIONS_KEPT) return;
    known.delete(oldest);
    combinations -= held.length;
  }
}

/**
 * The metadata among the downloads of a submission; undefined when it has none. Throws DriverMetadataError when the file is
 * not one, and Error when it is too large.
 */
export async function readDriverMetadata(
  database: Database,
  blobs: BlobStore,
  submissionId: bigint,
): Promise<SubmissionMetadata | undefined> {
  const downloads = await listDownloads(database, submissionId);
  const download = downloads.find(({ type }) => type === 'driverMetadata');
  if (download === undefined) return undefined;
  const blob = await blobs.find(download.container, download.blob);
  if (blob === undefined) return undefined;
  let known = knownFiles.get(blobs);
  if (known === undefined) {
    known = new Map();
    knownFiles.set(blobs, known);
  }
  let index = known.get(blob.content);
  if (index === undefined) {
    if (blob.length > BigInt(MAXIMUM_SIZE)) {
      throw new Error(`The driver metadata of submission ${submissionId} has ${blob.length} bytes, too many to read.`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of blobs.openRead(blob)) chunks.push(chunk as Uint8Array);
    index = parseDriverMetadata(new TextDecoder().decode(Buffer.concat(chunks)));
  }
  remember(known, blob.content, index);
  return { content: blob.content, index };
}
