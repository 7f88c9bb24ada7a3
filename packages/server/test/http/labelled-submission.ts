// A submission that shipping labels can be made for, put together in the database, and an engine that takes labels their way.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { BUILT_IN_CODES } from '@assay/hardware-api';
import { createBlobStore } from '../../src/blob/index.ts';
import { addDownloads, type NewDownload } from '../../src/store/ingestion.ts';
import { type Engine, startEngine } from '../../src/workflow/engine.ts';
import {
  type ShippingLabelPolicy,
  type ShippingLabelServices,
  shippingLabelPublishing,
  shippingLabelSharing,
} from '../../src/workflow/shipping-label/index.ts';
import { createInitialSubmission, type TestApp, type TestTenant, V2 } from './test-app.ts';

export const BUNDLE = '3aba7558-10ca-42db-b1d1-57af5718aea3';
export const SECOND_BUNDLE = '48140805-45a3-4a76-8818-e75c117adba9';
export const HID = 'hid\\vid_dummy256f&pid_dummyc62f';
export const PCI = 'pci\\ven_8086&dev_5a85';
export const SIGNED_PACKAGE = Buffer.from('a signed package');

const device = { Manufacturer: 'Contoso', DeviceDescription: 'Foo', FeatureScore: null };

/** The driver metadata of the submission: two bundles, a device for Windows 7 and others for Windows 10. */
export const DRIVER_METADATA = {
  BundleInfoMap: {
    [BUNDLE]: {
      Locales: ['English'],
      InfInfoMap: {
        'foo.inf': {
          OSPnPInfoMap: {
            WINDOWS_v100_RS3_FULL: { [HID]: device },
            WINDOWS_v100_X64_RS3_FULL: { [HID]: device, [PCI]: device },
            WINDOWS_7_X64: { [HID]: device },
          },
        },
      },
    },
    [SECOND_BUNDLE]: {
      Locales: ['English'],
      InfInfoMap: { 'foo.inf': { OSPnPInfoMap: { WINDOWS_v100_X64_RS3_FULL: { [PCI]: device } } } },
    },
  },
};

/** One hardware id of the metadata, as a request names it. */
export function hardwareId(pnpString = HID, operatingSystemCode = 'WINDOWS_v100_RS3_FULL', bundleId = BUNDLE) {
  return { bundleId, infId: 'foo.inf', operatingSystemCode, pnpString };
}

/** The path of a submission and its ids. */
export interface LabelledSubmission {
  readonly productId: string;
  readonly submissionId: string;
  readonly path: string;
  readonly labels: string;
}

export interface SubmissionOptions {
  readonly product?: object;
  readonly isExtensionInf?: boolean;
  /** Where the submission's workflow is; complete with its downloads unless given. */
  readonly at?: { readonly step: string; readonly state: 'started' | 'failed' };
}

/** The rows and blobs that ingestion leaves. */
export async function finishSubmission(test: TestApp, submissionId: string, isExtensionInf = false): Promise<void> {
  const { database, clock } = test;
  const blobs = createBlobStore({ database, directory: join(test.directory, 'blobs'), clock: clock.read });
  const id = BigInt(submissionId);
  const files = {
    signedPackage: { bytes: SIGNED_PACKAGE, type: 'application/zip', fileName: `Signed_${id}.zip` },
    driverMetadata: {
      bytes: Buffer.from(JSON.stringify(DRIVER_METADATA)),
      type: 'application/json',
      fileName: `DriverMetadata_${id}.json`,
    },
  };
  const downloads: NewDownload[] = [];
  for (const [type, { bytes, type: contentType, fileName }] of Object.entries(files)) {
    const blob = createHash('sha256').update(`${type} ${id}`).digest('hex');
    const chunks = (async function* () {
      yield bytes;
    })();
    await blobs.put('ingestion', blob, chunks, { contentType });
    downloads.push({ type, container: 'ingestion', blob, fileName });
  }
  await database.transaction().execute(async (transaction) => {
    await addDownloads(transaction, id, downloads);
    await transaction
      .updateTable('submissions')
      .set({
        commit_status: 'commitComplete',
        current_step: 'finalizeIngestion',
        step_state: 'completed',
        is_extension_inf: isExtensionInf ? 1n : 0n,
      })
      .where('id', '=', id)
      .execute();
  });
}

/** Makes a submission of the first tenant. */
export async function createLabelledSubmission(
  test: TestApp,
  { product, isExtensionInf = false, at }: SubmissionOptions = {},
): Promise<LabelledSubmission> {
  const submission = await createInitialSubmission(test, V2, product);
  if (at === undefined) await finishSubmission(test, submission.submissionId, isExtensionInf);
  else {
    await test.database
      .updateTable('submissions')
      .set({ commit_status: 'commitReceived', current_step: at.step, step_state: at.state })
      .where('id', '=', BigInt(submission.submissionId))
      .execute();
  }
  return { ...submission, labels: `${submission.path}/shippingLabels` };
}

/** A label that publishes without automatic install. */
export function publishingLabel(changes: object = {}, targeting: object = {}, specifications: object = {}): object {
  return {
    name: 'Publish',
    destination: 'windowsUpdate',
    publishingSpecifications: { manualAcquisition: true, ...specifications },
    targeting: { hardwareIds: [hardwareId()], ...targeting },
    ...changes,
  };
}

/** A label that shares with an account. */
export function sharingLabel(receiver: TestTenant, changes: object = {}): object {
  return {
    name: 'Share',
    destination: 'anotherPartner',
    recipientSpecifications: { receiverPublisherId: String(receiver.accountId) },
    targeting: { hardwareIds: [hardwareId()] },
    ...changes,
  };
}

/** What the workflows of labels work with. */
export function labelServices(test: TestApp, policy: Partial<ShippingLabelPolicy> = {}): ShippingLabelServices {
  const { database, clock, directory } = test;
  return {
    database,
    blobs: createBlobStore({ database, directory: join(directory, 'blobs'), clock: clock.read }),
    codes: BUILT_IN_CODES,
    policy: { approval: 'forAutomaticInstall', approvalHoldMs: 0, ...policy },
    clock: clock.read,
  };
}

/** Takes labels their way until the test ends; problems of the engine are written to `problems`. */
export function startLabelEngine(
  t: TestContext,
  test: TestApp,
  policy: Partial<ShippingLabelPolicy> = {},
): { readonly engine: Engine; readonly problems: unknown[] } {
  const problems: unknown[] = [];
  const services = labelServices(test, policy);
  const engine = startEngine({
    database: test.database,
    clock: test.clock.read,
    definitions: [shippingLabelPublishing(services), shippingLabelSharing(services)],
    log: (event) => event.level === 'error' && problems.push(event),
  });
  t.after(() => engine.stop());
  return { engine, problems };
}

/** Waits until the label with this path is as `condition` wants it, and gives it with its targeting. */
export async function labelWhen<Label extends { workflowStatus: { currentStep: string; state: string } }>(
  test: TestApp,
  path: string,
  condition: (label: Label) => boolean,
): Promise<Label> {
  for (let look = 0; look < 1_000; look += 1) {
    const response = await test.call('GET', `${path}?includeTargetingInfo=true`);
    const label = response.json<Label>();
    if (condition(label)) return label;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`label ${path} did not get there: ${(await test.call('GET', path)).body}`);
}

/** Whether a client would stop waiting. */
export function isOver({ workflowStatus }: { readonly workflowStatus: { readonly state: string } }): boolean {
  return workflowStatus.state === 'completed' || workflowStatus.state === 'failed';
}
