// The whole way of a label over the wire, on a driver that was really signed: the client chooses from the driver metadata, a
// Manager approves, and what is published names the files by their digests.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import {
  clientSecretCredential,
  createHardwareClient,
  HardwareApiError,
  parseDriverMetadata,
  type ShippingLabel,
} from '@assay/hardware-api';
import { runService } from './running-service.ts';
import { unzip } from './signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from './submitted-cabinet.ts';

test('a signed driver is published, updated and withdrawn', async (t) => {
  const { api, credentials } = await runService(t, { labelApprovalHoldMs: 0 });
  const cabinet = await signCabinet(await makeCabinet(echoFiles(), 'mszip'), submissionKey(credentials));
  const submission = await api.finished(await api.submit(cabinet, ['WINDOWS_v100_X64_GE_FULL']));
  const metadata = parseDriverMetadata(new TextDecoder().decode(await api.download(submission, 'driverMetadata')));
  const [first, second] = metadata.combinations;
  assert.ok(first !== undefined && second !== undefined);

  const client = createHardwareClient({ url: credentials.url, credential: clientSecretCredential(credentials) });
  const over = async (label: ShippingLabel, wanted: (current: ShippingLabel) => boolean): Promise<ShippingLabel> => {
    const path = { productId: label.productId, submissionId: label.submissionId, shippingLabelId: label.id };
    for (;;) {
      const current = await client.getShippingLabel(path);
      assert.notEqual(current.workflowStatus.state, 'failed', current.workflowStatus.messages.join('\n'));
      if (wanted(current)) return current;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const completed = ({ workflowStatus }: ShippingLabel) =>
    workflowStatus.currentStep === 'finalizePublishing' && workflowStatus.state === 'completed';

  const created = await client.createShippingLabel(submission.productId, submission.id, {
    name: 'Echo for everybody',
    destination: 'windowsUpdate',
    publishingSpecifications: {
      isAutoInstallOnApplicableSystems: true,
      additionalInfoForMsApproval: { businessJustification: 'It echoes better.' },
    },
    targeting: { hardwareIds: [first], inServicePublishInfo: { flooring: 'GE' } },
  });
  const path = { productId: created.productId, submissionId: created.submissionId, shippingLabelId: created.id };
  await over(created, ({ workflowStatus }) => workflowStatus.messages.length > 0);
  const approval = await client.request('POST', `/assay/v1/shippingLabels/${created.id}/approval`, {
    decision: 'approve',
  });
  assert.equal((approval as { decision: string }).decision, 'approved');
  const published = await over(created, completed);
  assert.deepEqual(published.targeting?.hardwareIds, [{ ...first, distributionState: 'added' }]);

  const update = (await client.request('GET', `/assay/v1/shippingLabels/${created.id}/update`)) as {
    readonly package: { readonly sha256: string };
    readonly files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
  };
  const zip = await api.download(submission, 'signedPackage');
  assert.equal(update.package.sha256, createHash('sha256').update(zip).digest('hex'));
  const inZip = [...unzip(zip)].map(([path, bytes]) => ({
    path: path.replace(/^drivers\//, ''),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
  }));
  const byPath = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1);
  assert.deepEqual([...update.files].sort(byPath), inZip.sort(byPath));

  await client.updateShippingLabel(path, { targeting: { hardwareIds: [{ action: 'add', ...second }] } });
  await over(created, ({ workflowStatus }) => workflowStatus.messages.length > 0);
  await client.cancelShippingLabel(path);
  const cancelled = await client.getShippingLabel(path);
  assert.deepEqual(
    cancelled.targeting?.hardwareIds.map(({ distributionState }) => distributionState),
    ['added', 'notSet'],
  );
  await assert.rejects(
    client.cancelShippingLabel(path),
    (error) => error instanceof HardwareApiError && error.code === 'requestInvalidForCurrentState',
  );
  assert.equal((await client.listAudiences()).length, 1);
  const ids: bigint[] = [];
  for await (const label of client.listShippingLabels(submission.productId, submission.id)) ids.push(label.id);
  assert.deepEqual(ids, [created.id]);
});
