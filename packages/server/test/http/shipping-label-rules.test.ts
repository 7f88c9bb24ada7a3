// The rules of shipping labels, each with the service's own words where they are known, and the state that a submission must be in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody } from '@assay/hardware-api';
import { createLabelledSubmission, hardwareId, publishingLabel, sharingLabel } from './labelled-submission.ts';
import { ATTESTATION_PRODUCT, buildTestApp, type TestApp } from './test-app.ts';

const WINDOWS_7 = hardwareId(undefined, 'WINDOWS_7_X64');
const AUTOMATIC = { isAutoInstallDuringOSUpgrade: true };
const INFO = { additionalInfoForMsApproval: {} };

async function refusal(test: TestApp, labels: string, body: unknown): Promise<ErrorBody['error']> {
  const response = await test.call('POST', labels, body);
  assert.equal(response.statusCode, 400, response.body);
  return response.json<ErrorBody>().error;
}

test('each broken rule is one fault with the path of its property', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const chids = [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83' }];
  const cases: readonly (readonly [why: string, body: unknown, targets: readonly string[]])[] = [
    ['nothing at all', {}, ['name', 'destination', 'targeting']],
    ['no body', undefined, ['name', 'destination', 'targeting']],
    ['no destination', publishingLabel({ destination: 'notSet' }), ['destination']],
    ['an unknown destination', publishingLabel({ destination: 'mars' }), ['destination']],
    ['no specifications', publishingLabel({ publishingSpecifications: null }), ['publishingSpecifications']],
    [
      'automatic install without the information for the approval',
      publishingLabel({ publishingSpecifications: AUTOMATIC }),
      ['publishingSpecifications.additionalInfoForMsApproval'],
    ],
    [
      'automatic install and manual acquisition',
      publishingLabel({}, {}, { ...AUTOMATIC, ...INFO }),
      ['publishingSpecifications.manualAcquisition'],
    ],
    [
      'neither automatic install nor manual acquisition',
      publishingLabel({}, {}, { manualAcquisition: false }),
      ['publishingSpecifications.manualAcquisition'],
    ],
    [
      'a seller id that is none',
      publishingLabel({}, {}, { visibleToAccounts: [27691110, 'ours', 0] }),
      ['publishingSpecifications.visibleToAccounts[1]'],
    ],
    ['no hardware id', publishingLabel({}, { hardwareIds: [] }), ['targeting.hardwareIds']],
    [
      'hardware ids that the metadata does not hold',
      publishingLabel(
        {},
        { hardwareIds: [hardwareId(), hardwareId('pci\\x'), hardwareId(undefined, 'WINDOWS_8_X64')] },
      ),
      ['targeting.hardwareIds[1]', 'targeting.hardwareIds[2]'],
    ],
    [
      'an operating system that does not exist',
      publishingLabel({}, { hardwareIds: [hardwareId(undefined, 'WINDOWS_v200')] }),
      ['targeting.hardwareIds[0].operatingSystemCode'],
    ],
    ['a CHID that is no GUID', publishingLabel({}, { chids: [{ chid: 'x' }] }), ['targeting.chids[0].chid']],
    [
      'both kinds of limits',
      publishingLabel({}, { inServicePublishInfo: {}, coEngDriverPublishInfo: {} }),
      ['targeting.coEngDriverPublishInfo'],
    ],
    [
      'a floor that does not exist',
      publishingLabel({}, { inServicePublishInfo: { flooring: 'XP' } }),
      ['targeting.inServicePublishInfo.flooring'],
    ],
    [
      'a floor above the ceiling',
      publishingLabel({}, { inServicePublishInfo: { flooring: 'VB', ceiling: '19H1' } }),
      ['targeting.inServicePublishInfo'],
    ],
    [
      'a floor below the lowest operating system',
      publishingLabel({}, { inServicePublishInfo: { flooring: 'RS2' } }),
      ['targeting.inServicePublishInfo.flooring'],
    ],
    [
      'a ceiling below the lowest operating system',
      publishingLabel({}, { inServicePublishInfo: { ceiling: 'RS2' } }),
      ['targeting.inServicePublishInfo.ceiling'],
    ],
    [
      'build numbers in the wrong order',
      publishingLabel({}, { coEngDriverPublishInfo: { flooringBuildNumber: 26200, ceilingBuildNumber: 26100 } }),
      ['targeting.coEngDriverPublishInfo'],
    ],
    [
      'a build below the lowest operating system, and one that is none',
      publishingLabel({}, { coEngDriverPublishInfo: { flooringBuildNumber: 16298, ceilingBuildNumber: 1.5 } }),
      ['targeting.coEngDriverPublishInfo.ceilingBuildNumber'],
    ],
    [
      'a build below the lowest operating system',
      publishingLabel({}, { coEngDriverPublishInfo: { flooringBuildNumber: 16298 } }),
      ['targeting.coEngDriverPublishInfo.flooringBuildNumber'],
    ],
    [
      'an audience of somebody else',
      publishingLabel({}, { restrictedToAudiences: ['9f4f44d8-bfec-48c6-a02c-2d9ea220f6e2', '0'.repeat(8)] }),
      ['targeting.restrictedToAudiences[1]'],
    ],
    ['a CHID for Windows 7', publishingLabel({}, { hardwareIds: [WINDOWS_7], chids }), ['targeting.chids']],
    [
      'several at once',
      publishingLabel({}, { hardwareIds: [WINDOWS_7, hardwareId('pci\\x')], chids }, { manualAcquisition: false }),
      ['publishingSpecifications.manualAcquisition', 'targeting.hardwareIds[1]', 'targeting.chids'],
    ],
  ];
  for (const [why, body, targets] of cases) {
    const { code, validationErrors } = await refusal(built, labels, body);
    assert.equal(code, 'invalidInput', why);
    assert.deepEqual(
      validationErrors.map(({ target }) => target),
      targets,
      why,
    );
  }
  assert.deepEqual(await built.database.selectFrom('shipping_labels').selectAll().execute(), []);
});

test('rules that have official words say them', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built, { isExtensionInf: true });
  assert.equal(
    (await refusal(built, labels, publishingLabel())).message,
    'Extension drivers must be published as an Automatic update. Either of isAutoInstallDuringOSUpgrade or isAutoInstallOnApplicableSystems must be true.',
  );
  const chids = [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83' }];
  const automatic = { ...AUTOMATIC, ...INFO, manualAcquisition: false };
  assert.equal(
    (await refusal(built, labels, publishingLabel({}, { hardwareIds: [WINDOWS_7], chids }, automatic))).message,
    'CHIDs are allowed only when HardwareIds are for operating systems Windows 10 and later.',
  );
  assert.equal((await built.call('POST', labels, publishingLabel({}, {}, automatic))).statusCode, 201);
});

test('what is allowed at the edges of the rules is allowed', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const targetings: readonly object[] = [
    { inServicePublishInfo: { flooring: 'RS3', ceiling: 'RS3' } },
    { inServicePublishInfo: { flooring: 'MN', ceiling: 'FE' } },
    { inServicePublishInfo: { flooring: '', ceiling: 'NI' } },
    { hardwareIds: [WINDOWS_7], inServicePublishInfo: { flooring: 'TH', ceiling: 'TH' } },
    { coEngDriverPublishInfo: { flooringBuildNumber: 16299, ceilingBuildNumber: 16299 } },
    { restrictedToAudiences: ['9F4F44D8-BFEC-48C6-A02C-2D9EA220F6E2'] },
  ];
  for (const targeting of targetings) {
    const response = await built.call('POST', labels, publishingLabel({}, targeting));
    assert.equal(response.statusCode, 201, `${JSON.stringify(targeting)} ${response.body}`);
  }
});

test('more hardware ids than other lists may have elements are taken', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const hardwareIds = Array.from({ length: 2_500 }, () => hardwareId());
  assert.equal((await built.call('POST', labels, publishingLabel({}, { hardwareIds }))).statusCode, 201);
});

test('sharing needs somebody else to share with', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const receiver = await built.addTenant();
  const target = 'recipientSpecifications.receiverPublisherId';
  const targetsOf = async (recipientSpecifications: unknown) =>
    (await refusal(built, labels, sharingLabel(receiver, { recipientSpecifications }))).validationErrors.map(
      (fault) => fault.target,
    );
  assert.deepEqual(await targetsOf(null), ['recipientSpecifications']);
  assert.deepEqual(await targetsOf({}), [target]);
  for (const receiverPublisherId of ['99', 'Contoso', String(built.tenant.accountId)]) {
    assert.deepEqual(await targetsOf({ receiverPublisherId }), [target]);
  }
  assert.equal((await built.call('POST', labels, sharingLabel(receiver))).statusCode, 201);
});

test('a shared product cannot be shared on, and is read-only once nothing of it is shared any more', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const receiver = await built.addTenant();
  await built.database.updateTable('products').set({ origin_type: 'publisher' }).execute();
  assert.deepEqual(
    (await refusal(built, labels, sharingLabel(receiver))).validationErrors.map(({ target }) => target),
    ['destination'],
  );
  assert.equal((await built.call('POST', labels, publishingLabel())).statusCode, 201);
  await built.database.updateTable('products').set({ deprecated: 1n }).execute();
  assert.equal((await refusal(built, labels, publishingLabel())).code, 'readOnlyProduct');
});

test('systems and drivers inside Windows can only be shared', async (t) => {
  const built = await buildTestApp(t);
  const receiver = await built.addTenant();
  const products = [{ selectedProductTypes: { windows_v100_RS3: 'Laptop with Touch' } }, { packageType: 'Inbox' }];
  for (const properties of products) {
    const product = { ...ATTESTATION_PRODUCT, ...properties };
    const { labels } = await createLabelledSubmission(built, { product });
    const { code, message } = await refusal(built, labels, publishingLabel());
    assert.equal(code, 'requestInvalidForCurrentState');
    assert.equal(
      message,
      'Cannot create Publishing shipping label for inbox or system type. One can only share the shipping label.',
    );
    assert.equal((await built.call('POST', labels, sharingLabel(receiver))).statusCode, 201);
  }
});

test('a submission is ready for labels when its preparation is over', async (t) => {
  const built = await buildTestApp(t);
  const states = [
    ['packageInfoValidation', 'started', "Submission isn't yet ready to create shipping label. Retry after some time."],
    ['preparation', 'started', "Submission isn't yet ready to create shipping label. Retry after some time."],
    ['scanning', 'started', undefined],
    ['signing', 'started', undefined],
    ['scanning', 'failed', 'Cannot create shipping label since the workflow of the submission has failed'],
  ] as const;
  for (const [step, state, message] of states) {
    const { labels } = await createLabelledSubmission(built, { at: { step, state } });
    if (message === undefined) {
      const anything = publishingLabel({}, { hardwareIds: [hardwareId('pci\\not_known_yet')] });
      assert.equal((await built.call('POST', labels, anything)).statusCode, 201, step);
    } else {
      const error = await refusal(built, labels, publishingLabel());
      assert.equal(error.code, 'requestInvalidForCurrentState');
      assert.equal(error.message, message);
    }
  }
});

test('a complete submission without metadata says how to come by it', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  await built.database.deleteFrom('downloads').where('type', '=', 'driverMetadata').execute();
  const error = await refusal(built, labels, publishingLabel());
  assert.equal(error.code, 'requestInvalidForCurrentState');
  assert.match(error.message, /createpublishermetadata/);
});
