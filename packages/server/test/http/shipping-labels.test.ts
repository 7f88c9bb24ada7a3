// The five methods of shipping labels: the documents' own samples, what answers look like, and who may do what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, ShippingLabel, ShippingLabelList } from '@assay/hardware-api';
import { addAudience } from '../../src/store/audiences.ts';
import {
  BUNDLE,
  createLabelledSubmission,
  HID,
  hardwareId,
  PCI,
  publishingLabel,
  SECOND_BUNDLE,
  sharingLabel,
} from './labelled-submission.ts';
import { bodyOf, buildTestApp, idOf, type TestApp, V2 } from './test-app.ts';

/** The request of "Create a new shipping label". */
const SAMPLE = {
  publishingSpecifications: {
    goLiveDate: '2018-02-22T06:50:54.793Z',
    visibleToAccounts: [27691110, 27691111],
    isAutoInstallDuringOSUpgrade: true,
    isAutoInstallOnApplicableSystems: false,
    manualAcquisition: false,
    isDisclosureRestricted: false,
    publishToWindows10s: true,
    additionalInfoForMsApproval: {
      microsoftContact: 'abc@microsoft.com',
      validationsPerformed: 'Validation 1',
      affectedOems: ['OEM1', 'OEM2'],
      isRebootRequired: false,
      isCoEngineered: false,
      isForUnreleasedHardware: false,
      hasUiSoftware: false,
      businessJustification: 'This is a business justification',
    },
  },
  targeting: {
    hardwareIds: [
      {
        bundleId: '3aba7558-10ca-42db-b1d1-57af5718aea3',
        infId: 'foo.inf',
        operatingSystemCode: 'WINDOWS_v100_RS3_FULL',
        pnpString: 'hid\\vid_dummy256f&pid_dummyc62f',
      },
    ],
    chids: [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83', distributionState: 'pendingAdd' }],
    restrictedToAudiences: ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'],
    inServicePublishInfo: { flooring: 'RS1', ceiling: 'RS3' },
  },
  name: 'Shipping Label Name',
  destination: 'windowsUpdate',
};

/** The sample with the floor that its hardware id allows. */
const CORRECTED_SAMPLE = {
  ...SAMPLE,
  targeting: { ...SAMPLE.targeting, inServicePublishInfo: { flooring: 'RS3', ceiling: 'RS3' } },
};

async function addSampleAudiences({ database, tenant, clock }: TestApp): Promise<void> {
  for (const id of ['0', '1', '2'].map((digit) => `00000000-0000-0000-0000-00000000000${digit}`)) {
    const audience = { id, name: id, description: '', audienceName: id };
    await database
      .transaction()
      .execute((transaction) => addAudience(transaction, tenant.accountId, audience, clock.read));
  }
}

/** Ends the run that a label has, as if its workflow had completed. */
async function complete({ database }: TestApp): Promise<void> {
  const rows = await database.selectFrom('shipping_labels').select(['id', 'targeting']).execute();
  for (const { id, targeting } of rows) {
    const settled = targeting.replaceAll('pendingAdd', 'added');
    await database
      .updateTable('shipping_labels')
      .set({ current_step: 'finalizePublishing', step_state: 'completed', targeting: settled })
      .where('id', '=', id)
      .execute();
  }
}

test('the documented sample is created, and answered in the documented shape', async (t) => {
  const built = await buildTestApp(t);
  await addSampleAudiences(built);
  const { labels, productId, submissionId } = await createLabelledSubmission(built);
  const response = await built.call('POST', labels, CORRECTED_SAMPLE);
  assert.equal(response.statusCode, 201, response.body);
  const id = idOf(response);
  assert.match(id, /^1[0-9]{18}$/);
  assert.ok(response.body.startsWith(`{"id":${id},"productId":${productId},"submissionId":${submissionId},`));
  const self = `http://localhost:80${labels}/${id}`.replace(':80', '');
  const { id: _id, productId: _product, submissionId: _submission, ...label } = response.json<ShippingLabel>();
  assert.deepEqual(label, {
    publishingSpecifications: SAMPLE.publishingSpecifications,
    workflowStatus: { currentStep: 'preProcessShippingLabel', state: 'notStarted', messages: [] },
    links: [
      { href: self, rel: 'self', method: 'GET' },
      { href: self, rel: 'update_shippinglabel', method: 'PATCH' },
    ],
    name: 'Shipping Label Name',
    destination: 'windowsUpdate',
  });
});

test('the sample as it stands breaks one rule: its floor is earlier than its operating system', async (t) => {
  const built = await buildTestApp(t);
  await addSampleAudiences(built);
  const { labels } = await createLabelledSubmission(built);
  const response = await built.call('POST', labels, SAMPLE);
  assert.equal(response.statusCode, 400);
  const { error } = response.json<ErrorBody>();
  assert.equal(error.code, 'invalidInput');
  assert.deepEqual(
    error.validationErrors.map(({ target }) => target),
    ['targeting.inServicePublishInfo.flooring'],
  );
});

test('targeting is there when it is asked for, its lists are never absent, and everything is pending', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const id = idOf(await built.call('POST', labels, publishingLabel()));
  const plain = await built.call('GET', `${labels}/${id}`);
  assert.equal(plain.statusCode, 200);
  assert.equal('targeting' in plain.json<object>(), false);
  for (const query of ['includeTargetingInfo=true', 'INCLUDETARGETINGINFO=True']) {
    const { targeting } = bodyOf<ShippingLabel>(await built.call('GET', `${labels}/${id}?${query}`));
    assert.deepEqual(targeting, {
      hardwareIds: [{ ...hardwareId(), distributionState: 'pendingAdd' }],
      chids: [],
      restrictedToAudiences: [],
    });
  }
  const list = bodyOf<ShippingLabelList>(await built.call('GET', `${labels}/?includeTargetingInfo=true`));
  assert.equal(list.value[0]?.targeting?.hardwareIds.length, 1);
  assert.match(list.links[0]?.href ?? '', /includeTargetingInfo=true$/);
});

test('what publishing specifications leave out is filled in, so that no client trips over it', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const body = publishingLabel({ publishingSpecifications: { goLiveDate: '', visibleToAccounts: null } });
  const { publishingSpecifications } = bodyOf<ShippingLabel>(await built.call('POST', labels, body));
  assert.deepEqual(publishingSpecifications, {
    visibleToAccounts: [],
    isAutoInstallDuringOSUpgrade: false,
    isAutoInstallOnApplicableSystems: false,
    isDisclosureRestricted: false,
    publishToWindows10s: false,
    additionalInfoForMsApproval: {
      affectedOems: [],
      isRebootRequired: false,
      isCoEngineered: false,
      isForUnreleasedHardware: false,
      hasUiSoftware: false,
    },
    manualAcquisition: true,
  });
});

test('names, codes and dates are read as tolerantly as the service does, and written in one spelling', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const response = await built.call('POST', labels.replace('shippingLabels', 'shippinglabels'), {
    Name: 'Mixed',
    Destination: 'WindowsUpdate',
    somethingUnknown: 1,
    PublishingSpecifications: {
      ManualAcquisition: true,
      goLiveDate: '10/22/2026 1:05:00 PM',
      visibleToAccounts: ['27691110', 27691111],
    },
    Targeting: {
      hardwareIds: [
        { ...hardwareId(HID.toUpperCase(), 'windows_V100_rs3_full', BUNDLE.toUpperCase()), infId: 'FOO.INF' },
        hardwareId(),
      ],
      chids: [{ chid: '{346511CF-CCEE-5C6D-8EE9-3C70FC7AAE83}', distributionState: 'Unknown' }],
      inServicePublishInfo: { flooring: 'NineteenH1', ceiling: 'ge' },
      coEngDriverPublishInfo: null,
    },
  });
  assert.equal(response.statusCode, 201, response.body);
  const id = idOf(response);
  const label = bodyOf<ShippingLabel>(await built.call('GET', `${labels}/${id}?includeTargetingInfo=true`));
  assert.equal(label.publishingSpecifications?.goLiveDate, '2026-10-22T13:05:00Z');
  assert.deepEqual(label.publishingSpecifications?.visibleToAccounts, [27691110, 27691111]);
  assert.deepEqual(label.targeting, {
    hardwareIds: [{ ...hardwareId(), distributionState: 'pendingAdd' }],
    chids: [{ chid: '346511cf-ccee-5c6d-8ee9-3c70fc7aae83', distributionState: 'pendingAdd' }],
    restrictedToAudiences: [],
    inServicePublishInfo: { flooring: '19H1', ceiling: 'GE' },
  });
});

test('a large seller id and a build number keep all their digits', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const token = await built.authorize();
  const payload = JSON.stringify(
    publishingLabel({}, { coEngDriverPublishInfo: { flooringBuildNumber: '17135', ceilingBuildNumber: 17139 } }),
  ).replace('"manualAcquisition":true', '"manualAcquisition":true,"visibleToAccounts":[1152921504606978423]');
  const response = await built.app.inject({
    method: 'POST',
    url: `${labels}?includeTargetingInfo=true`,
    headers: { authorization: token, 'content-type': 'application/json' },
    payload,
  });
  assert.equal(response.statusCode, 201, response.body);
  assert.ok(response.body.includes('"visibleToAccounts":[1152921504606978423]'), response.body);
  assert.ok(
    response.body.includes('"coEngDriverPublishInfo":{"flooringBuildNumber":17135,"ceilingBuildNumber":17139}'),
  );
});

test('labels are listed page after page, oldest first', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  assert.deepEqual(bodyOf<ShippingLabelList>(await built.call('GET', `${labels}/`)).value, []);
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    ids.push(idOf(await built.call('POST', labels, publishingLabel({ name }))));
    built.clock.advance(5);
  }
  const first = bodyOf<ShippingLabelList>(await built.call('GET', `${labels}?pageSize=2`));
  const next = first.links.find(({ rel }) => rel === 'next_link')?.href ?? '';
  const second = bodyOf<ShippingLabelList>(await built.call('GET', next.replace('http://localhost', '')));
  assert.deepEqual(
    [...first.value, ...second.value].map((label) => String(label.id)),
    ids,
  );
  assert.equal(
    second.links.some(({ rel }) => rel === 'next_link'),
    false,
  );
});

test('the documented update is accepted, and is pending until its workflow has published it', async (t) => {
  const built = await buildTestApp(t);
  await addSampleAudiences(built);
  const { labels } = await createLabelledSubmission(built);
  const removed = hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL');
  const chid = 'aed6336d-0958-444c-89b6-bf471191d6f0';
  const targeting = { hardwareIds: [removed], chids: [{ chid }] };
  const id = idOf(await built.call('POST', labels, publishingLabel({}, targeting)));
  await complete(built);
  const added = hardwareId(PCI, 'WINDOWS_v100_X64_RS3_FULL', SECOND_BUNDLE);
  const response = await built.call('PATCH', `${labels}/${id}`, {
    targeting: {
      chids: [
        { action: 'add', chid: '812fac65-9c26-473c-b3a9-1eb3803ac22c' },
        { action: 'remove', chid },
      ],
      hardwareIds: [
        { action: 'remove', ...removed },
        { action: 'add', ...added },
      ],
      restrictedToAudiences: ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001'],
      inServicePublishInfo: { flooring: 'RS3', ceiling: 'RS3' },
      businessJustification: 'Business justification for updating shipping label',
    },
  });
  assert.equal(response.statusCode, 204, response.body);
  assert.equal(response.body, '');
  const label = bodyOf<ShippingLabel>(await built.call('GET', `${labels}/${id}?includeTargetingInfo=true`));
  assert.deepEqual(label.targeting, {
    hardwareIds: [
      { ...removed, distributionState: 'pendingRemove' },
      { ...added, distributionState: 'pendingAdd' },
    ],
    chids: [
      { chid, distributionState: 'pendingRemove' },
      { chid: '812fac65-9c26-473c-b3a9-1eb3803ac22c', distributionState: 'pendingAdd' },
    ],
    restrictedToAudiences: ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000001'],
    inServicePublishInfo: { flooring: 'RS3', ceiling: 'RS3' },
  });
  assert.equal(
    label.publishingSpecifications?.additionalInfoForMsApproval.businessJustification,
    'Business justification for updating shipping label',
  );
  assert.deepEqual(label.workflowStatus, { currentStep: 'preProcessShippingLabel', state: 'notStarted', messages: [] });

  const again = await built.call('PATCH', `${labels}/${id}`, { targeting: { restrictedToAudiences: [] } });
  assert.equal(again.statusCode, 400);
  assert.equal(
    again.json<ErrorBody>().error.message,
    'Cannot update the shipping label when another workflow is in progress. Please retry.',
  );
});

test('an update leaves alone what it does not name, and lifts the audiences with an empty list', async (t) => {
  const built = await buildTestApp(t);
  await addSampleAudiences(built);
  const { labels } = await createLabelledSubmission(built);
  const restrictedToAudiences = ['00000000-0000-0000-0000-000000000001'];
  const limits = { restrictedToAudiences, inServicePublishInfo: { flooring: 'RS4' } };
  const id = idOf(await built.call('POST', labels, publishingLabel({}, limits)));
  const targetingAfter = async (targeting: object) => {
    await complete(built);
    const response = await built.call('PATCH', `${labels}/${id}`, { targeting });
    assert.equal(response.statusCode, 204, response.body);
    return bodyOf<ShippingLabel>(await built.call('GET', `${labels}/${id}?includeTargetingInfo=true`)).targeting;
  };
  const chids = [{ action: 'add', chid: '812fac65-9c26-473c-b3a9-1eb3803ac22c' }];
  assert.deepEqual((await targetingAfter({ chids, restrictedToAudiences: null }))?.restrictedToAudiences, [
    '00000000-0000-0000-0000-000000000001',
  ]);
  const coEngDriverPublishInfo = { flooringBuildNumber: 17135 };
  const last = await targetingAfter({ restrictedToAudiences: [], coEngDriverPublishInfo });
  assert.deepEqual(last?.restrictedToAudiences, []);
  assert.equal('inServicePublishInfo' in (last ?? {}), false);
  assert.deepEqual(last?.coEngDriverPublishInfo, coEngDriverPublishInfo);
});

test('faults of an update are listed one by one, with the path of each', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const id = idOf(await built.call('POST', labels, publishingLabel()));
  await complete(built);
  const faultsOf = async (body: object): Promise<string[]> => {
    const response = await built.call('PATCH', `${labels}/${id}`, body);
    assert.equal(response.statusCode, 400, response.body);
    return response.json<ErrorBody>().error.validationErrors.map(({ target }) => target);
  };
  assert.deepEqual(await faultsOf({ targetingInfo: {} }), ['targeting']);
  assert.deepEqual(await faultsOf({ targeting: {} }), ['targeting']);
  assert.deepEqual(await faultsOf({ targeting: { hardwareIds: [hardwareId()] } }), ['targeting.hardwareIds[0].action']);
  assert.deepEqual(
    await faultsOf({
      targeting: {
        hardwareIds: [
          { action: 'remove', ...hardwareId(PCI) },
          { action: 'add', ...hardwareId('pci\\nowhere') },
          { action: 'add', ...hardwareId() },
          { action: 'remove', ...hardwareId() },
        ],
        restrictedToAudiences: ['00000000-0000-0000-0000-00000000000a'],
      },
    }),
    [
      'targeting.hardwareIds[0]',
      'targeting.hardwareIds[1]',
      'targeting.hardwareIds[3]',
      'targeting.restrictedToAudiences[0]',
    ],
  );
});

test('of updates sent at once one counts', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const id = idOf(await built.call('POST', labels, publishingLabel()));
  await complete(built);
  const update = () => built.call('PATCH', `${labels}/${id}`, { targeting: { businessJustification: 'because' } });
  const responses = await Promise.all([update(), update(), update()]);
  assert.deepEqual(responses.map(({ statusCode }) => statusCode).sort(), [204, 400, 400]);
  const runs = await built.database.selectFrom('shipping_label_runs').selectAll().execute();
  assert.equal(runs.length, 2);
});

test('each role may do what it is for', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const automatic = {
    isAutoInstallOnApplicableSystems: true,
    manualAcquisition: false,
    additionalInfoForMsApproval: {},
  };
  const asRole = async (role: string, method: 'GET' | 'POST' | 'PUT', path: string, body?: object) => {
    await built.database
      .updateTable('applications')
      .set({ roles: JSON.stringify([role]) })
      .where('client_id', '=', built.tenant.clientId)
      .execute();
    return (await built.call(method, path, body)).statusCode;
  };
  const manual = publishingLabel();
  const promoted = publishingLabel({}, {}, automatic);
  assert.equal(await asRole('Driver Submitter', 'POST', labels, manual), 403);
  assert.equal(await asRole('Driver Submitter', 'GET', labels), 403);
  assert.equal(await asRole('Driver Submitter', 'GET', `${V2}/audiences`), 403);
  assert.equal(await asRole('Shipping Label Owner', 'POST', labels, manual), 201);
  assert.equal(await asRole('Shipping Label Owner', 'POST', labels, promoted), 403);
  assert.equal(await asRole('Shipping Label Owner', 'GET', labels), 200);
  assert.equal(await asRole('Shipping Label Owner', 'GET', `${V2}/audiences`), 200);
  assert.equal(await asRole('Shipping Label Promoter', 'POST', labels, promoted), 201);
  assert.equal(await asRole('Manager', 'POST', labels, promoted), 201);
  assert.equal(await asRole('Shipping Label Promoter', 'GET', '/assay/v1/shippingLabels/held'), 403);
  assert.equal(await asRole('Manager', 'GET', '/assay/v1/shippingLabels/held'), 200);
});

test('an account that a label is made visible to may read it and nothing else', async (t) => {
  const built = await buildTestApp(t);
  const { labels, submissionId } = await createLabelledSubmission(built);
  const reader = await built.addTenant();
  const visibleToAccounts = [Number(reader.accountId)];
  const id = idOf(await built.call('POST', labels, publishingLabel({}, {}, { visibleToAccounts })));
  const hidden = idOf(await built.call('POST', labels, publishingLabel({ name: 'hidden' })));

  const read = await built.call('GET', `${labels}/${id}`, undefined, reader);
  assert.equal(read.statusCode, 200);
  assert.deepEqual(
    bodyOf<ShippingLabel>(read).links.map(({ rel }) => rel),
    ['self'],
  );
  const list = bodyOf<ShippingLabelList>(await built.call('GET', labels, undefined, reader));
  assert.deepEqual(
    list.value.map((label) => String(label.id)),
    [id],
  );
  assert.equal((await built.call('GET', `${labels}/${hidden}`, undefined, reader)).statusCode, 404);
  const refused = await Promise.all([
    built.call('POST', labels, publishingLabel(), reader),
    built.call('PATCH', `${labels}/${id}`, { targeting: { restrictedToAudiences: [] } }, reader),
    built.call('PUT', `${labels}/${id}/cancel`, undefined, reader),
  ]);
  for (const response of refused) {
    assert.equal(response.statusCode, 400);
    assert.equal(response.json<ErrorBody>().error.code, 'readOnlyProduct');
  }
  assert.notEqual(submissionId, '');
});

test('what belongs to another account answers exactly as if it did not exist', async (t) => {
  const built = await buildTestApp(t);
  const { labels } = await createLabelledSubmission(built);
  const id = idOf(await built.call('POST', labels, publishingLabel()));
  const stranger = await built.addTenant();
  const absent = `${V2}/products/10000000000000001/submissions/1152921504606846977/shippingLabels`;
  const requests: readonly ['GET' | 'POST' | 'PATCH' | 'PUT', string, object?][] = [
    ['GET', ''],
    ['POST', '', publishingLabel()],
    ['POST', '', { nonsense: true }],
    ['GET', '/ID'],
    ['PATCH', '/ID', { targeting: { restrictedToAudiences: [] } }],
    ['PUT', '/ID/cancel'],
  ];
  for (const [method, path, body] of requests) {
    const theirs = await built.call(method, labels + path.replace('ID', id), body, stranger);
    const nobodys = await built.call(method, absent + path.replace('ID', '1152921504606846978'), body, stranger);
    assert.equal(theirs.statusCode, 404, `${method} ${path}`);
    assert.equal(theirs.body, nobodys.body);
  }
  for (const path of ['/approval', '/update']) {
    const method = path === '/approval' ? 'POST' : 'GET';
    const body = path === '/approval' ? { decision: 'approve' } : undefined;
    const theirs = await built.call(method, `/assay/v1/shippingLabels/${id}${path}`, body, stranger);
    const nobodys = await built.call(method, `/assay/v1/shippingLabels/1152921504606846978${path}`, body, stranger);
    assert.equal(theirs.statusCode, 404);
    assert.equal(theirs.body, nobodys.body);
  }
});

test('every change of a label is in the audit log', async (t) => {
  const built = await buildTestApp(t);
  const receiver = await built.addTenant();
  const { labels, productId, submissionId } = await createLabelledSubmission(built);
  const id = idOf(await built.call('POST', labels, sharingLabel(receiver)));
  const entity = `products/${productId}/submissions/${submissionId}/shippingLabels/${id}`;
  const entries = await built.database.selectFrom('audit_entries').selectAll().where('entity', '=', entity).execute();
  assert.deepEqual(
    entries.map(({ action, actor }) => [action, actor]),
    [['shippingLabel.create', built.tenant.clientId]],
  );
  assert.ok(entries[0]?.details.includes(`"receiverPublisherId":${receiver.accountId}`));
});
