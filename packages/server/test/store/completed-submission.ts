// A submission whose workflow is over, as rows: with a signed package and driver metadata to download.
import type { DriverMetadata } from '@assay/driver-package';
import type { Database } from '../../src/store/database.ts';
import { addDownloads } from '../../src/store/ingestion.ts';
import type { ProductProperties } from '../../src/store/products.ts';
import { insertProduct } from '../../src/store/products.ts';
import type { Product, Submission } from '../../src/store/schema.ts';
import { insertSubmission, UPLOAD_CONTAINER } from '../../src/store/submissions.ts';

export const PROPERTIES: ProductProperties = {
  deviceType: 'external',
  deviceMetadataIds: [],
  isTestSign: false,
  isFlightSign: false,
  marketingNames: ['Echo One'],
  selectedProductTypes: {},
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
  additionalAttributes: {},
};

const DEVICE = { Manufacturer: 'Contoso', DeviceDescription: 'Echo', FeatureScore: null };

/** Two INFs for two systems and two devices. */
export const METADATA: DriverMetadata = {
  BundleInfoMap: {
    '11111111-2222-4333-8444-555555555555': {
      Locales: ['English'],
      InfInfoMap: Object.fromEntries(
        ['echo.inf', 'second.inf'].map((name) => [
          name,
          {
            DriverPackageFamilyId: `Contoso-${name}`,
            InfClass: 'Sample',
            DriverVersion: '1.0.0.0',
            DriverDate: '2026-01-02T00:00:00',
            ExtensionId: null,
            Provider: 'Contoso',
            ClassGuid: '{78A1C341-4539-11d3-B88D-00C04FAD5171}',
            InstallationComputerHardwareIds: [],
            OSPnPInfoMap: {
              WINDOWS_v100_X64_GE_FULL: { 'root\\echo': DEVICE, 'root\\echo2': DEVICE },
              WINDOWS_v100_ARM64_GE_FULL: { 'root\\echo': DEVICE },
            },
          },
        ]),
      ),
    },
  },
};

/** One entry of `METADATA`, as a label that targets it would spell it. */
export const HARDWARE_ID = {
  bundleId: '11111111-2222-4333-8444-555555555555',
  infId: 'ECHO.inf',
  operatingSystemCode: 'windows_V100_x64_GE_full',
  pnpString: 'ROOT\\Echo',
};

/** Makes a product with a completed submission. The blobs that its downloads name are not made. */
export async function insertCompletedSubmission(
  database: Database,
  accountId: bigint,
  clock: () => Date,
  product?: Product,
): Promise<{ readonly product: Product; readonly submission: Submission }> {
  const made =
    product ??
    (await insertProduct(
      database,
      { accountId, productName: 'Echo', testHarness: 'hlk', properties: PROPERTIES, createdBy: 'maker' },
      clock,
    ));
  const type = product === undefined ? 'initial' : 'derived';
  const fields = { accountId, productId: made.id, name: `the ${type} one`, type, createdBy: 'maker' } as const;
  const pending = await insertSubmission(database, fields, clock);
  if (pending === undefined) throw new Error('the product has an initial submission already');
  return await database.transaction().execute(async (transaction) => {
    await addDownloads(transaction, pending.id, [
      { type: 'signedPackage', container: UPLOAD_CONTAINER, blob: `signed-${pending.id}`, fileName: 'Signed.zip' },
      { type: 'driverMetadata', container: UPLOAD_CONTAINER, blob: `metadata-${pending.id}`, fileName: 'Driver.json' },
    ]);
    const submission = await transaction
      .updateTable('submissions')
      .set({ commit_status: 'commitComplete', current_step: 'finalizeIngestion', step_state: 'completed' })
      .where('id', '=', pending.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { product: made, submission };
  });
}
