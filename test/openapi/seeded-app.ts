// The application with something of every kind in it, so that requests find what they name. What a workflow would have made
// is put into the database as the workflow leaves it.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createBlobStore } from '../../packages/server/src/blob/index.ts';
import { addDownloads } from '../../packages/server/src/store/ingestion.ts';
import { PREPROD_CONTAINER } from '../../packages/server/src/store/preprod.ts';
import { UPLOAD_CONTAINER } from '../../packages/server/src/store/submissions.ts';
import {
  buildTestApp,
  createInitialSubmission,
  idOf,
  type TestApp,
  V2,
} from '../../packages/server/test/http/test-app.ts';

export interface SeededApp {
  readonly app: FastifyInstance;
  readonly test: TestApp;
  readonly authorization: string;
  /** Values for a parameter or property of this name that exist; none for any other name. */
  readonly existing: (name: string) => readonly string[];
  /** What the application logged last as its own fault. */
  readonly lastFault: () => string;
  readonly close: () => Promise<void>;
}

const BUNDLE = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';
const CODE = 'WINDOWS_v100_X64_GE_FULL';
const PNP_STRING = 'root\\assayecho';

const DRIVER_METADATA = {
  BundleInfoMap: {
    [BUNDLE]: {
      Locales: ['English'],
      InfInfoMap: {
        'echo.inf': {
          DriverPackageFamilyId: 'Assay-echo.inf',
          InfClass: 'Sample',
          DriverVersion: '1.0.0.0',
          DriverDate: '2026-01-01T00:00:00',
          ExtensionId: null,
          Provider: 'Assay',
          ClassGuid: '{5d1d7b5c-6d5c-4c62-9e7b-0c8f3c0a9a11}',
          InstallationComputerHardwareIds: [],
          OSPnPInfoMap: {
            [CODE]: { [PNP_STRING]: { Manufacturer: 'Assay', DeviceDescription: 'Echo', FeatureScore: null } },
          },
        },
      },
    },
  },
};

const NEW_LABEL = {
  name: 'label',
  destination: 'windowsUpdate',
  publishingSpecifications: {
    isAutoInstallDuringOSUpgrade: false,
    isAutoInstallOnApplicableSystems: false,
    manualAcquisition: true,
    isDisclosureRestricted: false,
    publishToWindows10s: false,
  },
  targeting: {
    hardwareIds: [{ bundleId: BUNDLE, infId: 'echo.inf', operatingSystemCode: CODE, pnpString: PNP_STRING }],
  },
};

async function putBlob(test: TestApp, container: string, name: string, content: string): Promise<void> {
  const { database, clock, directory } = test;
  const blobs = createBlobStore({ database, directory: join(directory, 'blobs'), clock: clock.read });
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(content);
  };
  await blobs.put(container, name, chunks(), { contentType: 'application/octet-stream' });
}

/** A submission as it is when its workflow has completed, with its driver metadata. */
async function finishedSubmission(test: TestApp): ReturnType<typeof createInitialSubmission> {
  const submission = await createInitialSubmission(test);
  const id = BigInt(submission.submissionId);
  const blob = randomUUID();
  await putBlob(test, UPLOAD_CONTAINER, blob, JSON.stringify(DRIVER_METADATA));
  await test.database.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('submissions')
      .set({ commit_status: 'commitComplete', current_step: 'finalizeIngestion', step_state: 'completed' })
      .where('id', '=', id)
      .execute();
    await addDownloads(transaction, id, [
      { type: 'driverMetadata', container: UPLOAD_CONTAINER, blob, fileName: 'DriverMetadata.json' },
    ]);
  });
  return submission;
}

/** A preprod package that has been signed, with its one asset. */
async function signedPreprodPackage(test: TestApp): Promise<{ packageId: string; assetId: string }> {
  const answer = await test.app.inject({
    method: 'PUT',
    url: `${V2}/preprod/packages`,
    headers: { authorization: await test.authorize() },
    payload: Buffer.from('a package'),
  });
  assert.equal(answer.statusCode, 201, answer.body);
  const packageId = answer.json<{ id: string }>().id;
  const assetId = randomUUID();
  await putBlob(test, PREPROD_CONTAINER, assetId, 'signed files');
  const { database, clock } = test;
  const { id } = await database
    .updateTable('preprod_packages')
    .set({ signing_status: 'Succeeded' })
    .where('package_id', '=', packageId)
    .returning('id')
    .executeTakeFirstOrThrow();
  await database
    .insertInto('preprod_assets')
    .values({
      asset_id: assetId,
      subject_id: id,
      asset_type: 'SignedFilesZip',
      content_hash: createHash('sha256').update('signed files').digest('hex'),
      created_at: clock.read().toISOString(),
    })
    .execute();
  return { packageId, assetId };
}

/** A published label. */
async function publishedLabel(test: TestApp, submissionPath: string): Promise<string> {
  const answer = await test.call('POST', `${submissionPath}/shippingLabels`, NEW_LABEL);
  assert.equal(answer.statusCode, 201, answer.body);
  await test.database
    .updateTable('shipping_labels')
    .set((row) => ({
      current_step: 'finalizePublishing',
      step_state: 'completed',
      published_targeting: row.ref('targeting'),
    }))
    .where('id', '=', BigInt(idOf(answer)))
    .execute();
  return idOf(answer);
}

export async function seedApp(): Promise<SeededApp> {
  const cleanups: (() => unknown)[] = [];
  const faults: string[] = [];
  const test = await buildTestApp({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never, {
    location: { file: ':memory:' },
    logger: { level: 'error', stream: { write: (line: string) => void faults.push(line) } },
  });
  const finished = await finishedSubmission(test);
  const pending = await createInitialSubmission(test);
  const hlk = await createInitialSubmission(test, V2, { productName: 'Hlk', testHarness: 'hlk' });
  const label = await publishedLabel(test, finished.path);
  const audience = await test.call('POST', '/assay/v1/audiences', { name: 'Ring', audienceName: 'ring' });
  assert.equal(audience.statusCode, 201, audience.body);
  const preprod = await signedPreprodPackage(test);
  const { tenant } = test;
  const submissions = [finished, pending, hlk];
  const values: Readonly<Record<string, readonly string[]>> = {
    // Mostly the one that belongs with the label, so that requests reach what is below it.
    productId: [finished, finished, finished, ...submissions].map(({ productId }) => productId),
    submissionId: [finished, finished, finished, ...submissions].map(({ submissionId }) => submissionId),
    shippingLabelId: [label],
    audienceId: [audience.json<{ id: string }>().id],
    packageId: [preprod.packageId],
    assetId: [preprod.assetId],
    tenant: [tenant.tenantId],
    publisherId: [String(tenant.accountId)],
    client_id: [tenant.clientId],
    client_secret: [tenant.clientSecret],
    bundleId: [BUNDLE],
    infId: ['echo.inf'],
    operatingSystemCode: [CODE, CODE.toLowerCase()],
    pnpString: [PNP_STRING, PNP_STRING.toUpperCase()],
  };
  return {
    app: test.app,
    test,
    authorization: await test.authorize(),
    existing: (name) => values[name] ?? [],
    lastFault: () => faults.at(-1) ?? '',
    close: async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    },
  };
}
