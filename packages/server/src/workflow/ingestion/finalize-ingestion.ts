// Step 8: packs the signed files, writes the driver metadata, and offers both for download in the same transaction that
// completes the submission.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createDriverMetadata } from '@assay/driver-package';
import { findOperatingSystem } from '@assay/hardware-api';
import yazl from 'yazl';
import { writeFileWhole } from '../../durable-files.ts';
import { addDownloads, loadIngestionSubject } from '../../store/ingestion.ts';
import { UPLOAD_CONTAINER } from '../../store/submissions.ts';
import type { Step } from '../workflow.ts';
import type { IngestionServices } from './ingestion-services.ts';
import type { SignedFiles } from './signing.ts';
import { openStaging, type Staging } from './staging.ts';
import type { DescribedDrivers } from './validation.ts';

/** A GUID that is the same each time for the same workflow and purpose, and cannot be guessed: the workflow's id is random. */
function stableGuid(workflowId: string, purpose: string): string {
  const bytes = createHash('sha256').update(`${workflowId}\n${purpose}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Writes the zip of the signed package: the real service's layout has the cabinet's folders below `drivers/`. */
async function writeSignedZip(
  staging: Staging,
  files: SignedFiles['files'],
  into: string,
  modified: Date,
): Promise<void> {
  const zip = new yazl.ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(into, { flags: 'w', mode: 0o600 }));
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    zip.addFile(staging.path(file.sha256), `drivers/${file.path}`, { mtime: modified, mode: 0o100644 });
  }
  zip.end();
  await written;
}

export function finalizeIngestion(services: IngestionServices): Step {
  const { database, blobs } = services;
  return {
    name: 'finalizeIngestion',
    async run(context) {
      const { submission, properties } = await loadIngestionSubject(database, context.subjectId);
      const { drivers } = context.output<DescribedDrivers>('validation');
      const { files } = context.output<SignedFiles>('signing');
      const staging = await openStaging(services.workDirectory, context.subjectId);

      const zip = staging.temporary('signed.zip');
      await writeSignedZip(staging, files, zip, new Date(submission.created_at));
      const signedBlob = stableGuid(context.workflowId, 'signedPackage');
      await blobs.adopt(UPLOAD_CONTAINER, signedBlob, zip, { contentType: 'application/zip' });

      const systems = properties.requestedSignatures.flatMap((code) => findOperatingSystem(code) ?? []);
      const metadata = createDriverMetadata({
        bundles: drivers.map((driver) => ({
          bundleId: stableGuid(context.workflowId, `bundle ${driver.folder}`),
          infs: driver.infs.map((inf) => ({
            fileName: inf.path.slice(inf.path.lastIndexOf('/') + 1),
            description: inf.description,
            operatingSystemCodes: systems,
          })),
        })),
      });
      const metadataFile = staging.temporary('metadata.json');
      await rm(metadataFile, { force: true });
      await writeFileWhole(metadataFile, JSON.stringify(metadata));
      const metadataBlob = stableGuid(context.workflowId, 'driverMetadata');
      await blobs.adopt(UPLOAD_CONTAINER, metadataBlob, metadataFile, { contentType: 'application/json' });

      const id = String(context.subjectId);
      return {
        kind: 'completed',
        output: { signedPackage: signedBlob, driverMetadata: metadataBlob },
        apply: async (transaction) => {
          await addDownloads(transaction, context.subjectId, [
            { type: 'signedPackage', container: UPLOAD_CONTAINER, blob: signedBlob, fileName: `Signed_${id}.zip` },
            {
              type: 'driverMetadata',
              container: UPLOAD_CONTAINER,
              blob: metadataBlob,
              fileName: `DriverMetadata_${id}.json`,
            },
          ]);
        },
      };
    },
  };
}
