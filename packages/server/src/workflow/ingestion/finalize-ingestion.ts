// Step 8: packs the signed files, writes the driver metadata and the certification report, and offers them for download in
// the same transaction that completes the submission.
import { rm } from 'node:fs/promises';
import { createDriverMetadata } from '@assay/driver-package';
import { writeFileWhole } from '../../durable-files.ts';
import { addDownloads } from '../../store/ingestion.ts';
import { UPLOAD_CONTAINER } from '../../store/submissions.ts';
import type { Step } from '../workflow.ts';
import { adoptCertificationReport } from './certification-report.ts';
import { adoptShell, bundleId } from './derived-package.ts';
import type { StepServices } from './ingestion-services.ts';
import { adoptSignedPackage, stableGuid } from './signed-package.ts';
import { openStaging } from './staging.ts';
import type { DescribedDrivers } from './validation.ts';

export function finalizeIngestion(services: StepServices): Step {
  const { blobs } = services;
  return {
    name: 'finalizeIngestion',
    async run(context) {
      const { drivers } = context.output<DescribedDrivers>('validation');
      const { name: signedBlob } = await adoptSignedPackage(services, context, UPLOAD_CONTAINER);
      const staging = await openStaging(services.workDirectory, context.subjectId);
      const metadata = createDriverMetadata({
        bundles: drivers.map((driver) => ({
          bundleId: bundleId(context, driver.folder),
          infs: driver.infs.map((inf) => ({
            fileName: inf.path.slice(inf.path.lastIndexOf('/') + 1),
            description: inf.description,
            targeting: inf.targeting,
            operatingSystemCodes: driver.operatingSystems.flatMap(
              (code) => services.codes.findOperatingSystem(code) ?? [],
            ),
          })),
        })),
      });
      const metadataFile = staging.temporary('metadata.json');
      await rm(metadataFile, { force: true });
      await writeFileWhole(metadataFile, JSON.stringify(metadata));
      const metadataBlob = stableGuid(context.workflowId, 'driverMetadata');
      await blobs.adopt(UPLOAD_CONTAINER, metadataBlob, metadataFile, { contentType: 'application/json' });
      const { name: reportBlob } = await adoptCertificationReport(services, context);

      const shell = await adoptShell(services, context);

      const id = String(context.subjectId);
      return {
        kind: 'completed',
        output: { signedPackage: signedBlob, driverMetadata: metadataBlob, derivedPackage: shell?.blob ?? null },
        apply: async (transaction) => {
          await addDownloads(transaction, context.subjectId, [
            { type: 'signedPackage', container: UPLOAD_CONTAINER, blob: signedBlob, fileName: `Signed_${id}.zip` },
            {
              type: 'driverMetadata',
              container: UPLOAD_CONTAINER,
              blob: metadataBlob,
              fileName: `DriverMetadata_${id}.json`,
            },
            {
              type: 'certificationReport',
              container: UPLOAD_CONTAINER,
              blob: reportBlob,
              fileName: `CertificationReport_${id}.pdf`,
            },
            ...(shell === undefined ? [] : [shell]),
          ]);
        },
      };
    },
  };
}
