// The workflow that makes the driver metadata of a shared submission: the publisher's own, with only what its shipping labels
// share. One step; when what is shared changes, the workflow is put back to its start and its result is made anew.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type DriverMetadata, restrictDriverMetadata } from '@assay/driver-package';
import { combinationKey } from '@assay/hardware-api';
import type { BlobStore } from '../../blob/blob-store.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../store/database.ts';
import { auditIngestion } from '../../store/ingestion.ts';
import type { Download } from '../../store/schema.ts';
import { loadShared, offerMetadata, PUBLISHER_METADATA, type SharedHardwareIds } from '../../store/sharing.ts';
import { listDownloads, UPLOAD_CONTAINER } from '../../store/submissions.ts';
import type { Step, WorkflowDefinition } from '../workflow.ts';

export interface PublisherMetadataServices {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

/** A name that follows from the bytes: a worker that has lost its claim and goes on cannot put others into the same blob. */
function blobName(submissionId: bigint, content: string): string {
  return `metadata-${submissionId}-${createHash('sha256').update(content).digest('hex')}`;
}

/** The publisher's metadata as a file. Throws when it is not there: a completed submission always has it. */
async function readMetadata(blobs: BlobStore, download: Pick<Download, 'container' | 'blob'>): Promise<string> {
  const blob = await blobs.find(download.container, download.blob);
  if (blob === undefined) throw new Error(`the driver metadata ${download.container}/${download.blob} is missing`);
  return await text(blobs.openRead(blob));
}

function createMetadata({ database, blobs }: PublisherMetadataServices): Step {
  /** Makes the blob that holds this part of the publisher's metadata; all of it needs no blob of its own. */
  async function makeBlob(
    submissionId: bigint,
    source: Download,
    hardwareIds: Exclude<SharedHardwareIds, 'none'>,
  ): Promise<Pick<Download, 'container' | 'blob'>> {
    if (hardwareIds === 'all') return source;
    const shared = new Set(hardwareIds.map(combinationKey));
    const metadata = JSON.parse(await readMetadata(blobs, source)) as DriverMetadata;
    const content = JSON.stringify(restrictDriverMetadata(metadata, (entry) => shared.has(combinationKey(entry))));
    const name = blobName(submissionId, content);
    await blobs.put(UPLOAD_CONTAINER, name, Readable.from([Buffer.from(content)]), { contentType: 'application/json' });
    return { container: UPLOAD_CONTAINER, blob: name };
  }

  return {
    name: PUBLISHER_METADATA.firstStep,
    async run({ subjectId }) {
      const shared = await loadShared(database, subjectId);
      if (shared === undefined) throw new Error(`submission ${subjectId} is not a shared one`);
      if (shared.hardwareIds === 'none') return { kind: 'completed', output: null };
      const downloads = await listDownloads(database, shared.sourceSubmissionId);
      const source = downloads.find(({ type }) => type === 'driverMetadata');
      if (source === undefined) throw new Error(`submission ${shared.sourceSubmissionId} has no driver metadata`);
      const { container, blob } = await makeBlob(subjectId, source, shared.hardwareIds);
      return {
        kind: 'completed',
        output: { container, blob },
        apply: (transaction) => offerMetadata(transaction, subjectId, { ...source, container, blob }),
      };
    },
  };
}

/** The definition for the engine. The submission itself is completed all along, so nothing of its progress changes. */
export function publisherMetadata(services: PublisherMetadataServices): WorkflowDefinition {
  const nothing = async (): Promise<void> => undefined;
  return {
    kind: PUBLISHER_METADATA.kind,
    steps: [createMetadata(services)],
    stepStarted: nothing,
    stepWaiting: nothing,
    async stepFailed(transaction, submissionId, step, messages) {
      await auditIngestion(transaction, submissionId, 'submission.failMetadata', { step, messages }, services.clock);
    },
    async completed(transaction, submissionId) {
      await auditIngestion(transaction, submissionId, 'submission.completeMetadata', {}, services.clock);
    },
  };
}
