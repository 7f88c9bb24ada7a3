// The client's methods for shipping labels against answers that are written as the service writes them.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createHardwareClient, parseJson } from '../../src/index.ts';
import { answer, startFaultyService } from './faulty-service.ts';

const PATH = {
  productId: 13635057453741329n,
  submissionId: 1152921504621441930n,
  shippingLabelId: 1152921504606978423n,
};
const LABELS = `/v2.0/my/hardware/products/${PATH.productId}/submissions/${PATH.submissionId}/shippingLabels`;

function labelJson(more = ''): string {
  return `{"id":${PATH.shippingLabelId},"productId":${PATH.productId},"submissionId":${PATH.submissionId},"publishingSpecifications":{"visibleToAccounts":[27691110,1152921504606978425],"additionalInfoForMsApproval":{"affectedOems":[]}},"workflowStatus":{"currentStep":"microsoftApproval","state":"started","messages":[]},"links":[],"name":"n","destination":"windowsUpdate"${more}}`;
}

async function clientFor(context: TestContext, handler: Parameters<typeof startFaultyService>[1]) {
  const service = await startFaultyService(context, handler);
  const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return { service, client: createHardwareClient({ url: service.url, credential }) };
}

test('a label is read with its targeting, and every number in it is exact', async (t) => {
  const targeting =
    ',"targeting":{"hardwareIds":[],"chids":[],"restrictedToAudiences":[],"coEngDriverPublishInfo":{"flooringBuildNumber":17135,"ceilingBuildNumber":"17139"}}';
  const { client, service } = await clientFor(t, (_request, response) => answer(response, 200, labelJson(targeting)));
  const label = await client.getShippingLabel(PATH);
  assert.equal(label.id, PATH.shippingLabelId);
  assert.deepEqual(label.publishingSpecifications?.visibleToAccounts, [27691110n, 1152921504606978425n]);
  assert.deepEqual(label.targeting?.coEngDriverPublishInfo, {
    flooringBuildNumber: 17135n,
    ceilingBuildNumber: 17139n,
  });
  assert.equal(service.requests[0]?.path, `${LABELS}/${PATH.shippingLabelId}?includeTargetingInfo=true`);
});

test('a label is created with bare numbers, changed, and cancelled without a body', async (t) => {
  const { client, service } = await clientFor(t, (request, response) => {
    if (request.method === 'POST') answer(response, 201, labelJson());
    else answer(response, 204);
  });
  const hardwareId = { bundleId: 'b', infId: 'i', operatingSystemCode: 'WINDOWS_v100_RS3_FULL', pnpString: 'p' };
  const label = await client.createShippingLabel(PATH.productId, PATH.submissionId, {
    name: 'n',
    destination: 'windowsUpdate',
    publishingSpecifications: { visibleToAccounts: [1152921504606978425n] },
    targeting: { hardwareIds: [hardwareId] },
  });
  assert.equal(label.submissionId, PATH.submissionId);
  await client.updateShippingLabel(PATH, { targeting: { hardwareIds: [{ action: 'remove', ...hardwareId }] } });
  await client.cancelShippingLabel(PATH);
  const [created, updated, cancelled] = service.requests;
  assert.ok(created?.body.toString().includes('"visibleToAccounts":[1152921504606978425]'));
  assert.deepEqual(parseJson(updated?.body.toString() ?? ''), {
    targeting: { hardwareIds: [{ action: 'remove', ...hardwareId }] },
  });
  assert.deepEqual(
    service.requests.map(({ method, path }) => `${method} ${path}`),
    [`POST ${LABELS}`, `PATCH ${LABELS}/${PATH.shippingLabelId}`, `PUT ${LABELS}/${PATH.shippingLabelId}/cancel`],
  );
  assert.equal(cancelled?.body.length, 0);
  assert.equal(cancelled?.headers['content-type'], undefined);
});

test('labels and audiences are listed', async (t) => {
  const { client } = await clientFor(t, (request, response) => {
    if (request.path.endsWith('/audiences')) {
      answer(response, 200, '{"value":[{"id":"x","name":"n","description":"d","audienceName":"a"}],"links":[]}');
    } else if (request.path.includes('continuationToken')) {
      answer(response, 200, `{"value":[${labelJson()}],"links":[]}`);
    } else {
      const next = `{"rel":"next_link","href":"http://elsewhere.invalid${LABELS}?continuationToken=2","method":"GET"}`;
      answer(response, 200, `{"value":[${labelJson()}],"links":[${next}]}`);
    }
  });
  const ids: bigint[] = [];
  for await (const label of client.listShippingLabels(PATH.productId, PATH.submissionId)) ids.push(label.id);
  assert.deepEqual(ids, [PATH.shippingLabelId, PATH.shippingLabelId]);
  assert.deepEqual(await client.listAudiences(), [{ id: 'x', name: 'n', description: 'd', audienceName: 'a' }]);
});

test('a receiver stays text, nulls are no accounts, and a number is no id', async (t) => {
  const more = ',"recipientSpecifications":{"receiverPublisherId":1152921504606978425,"enforceChidTargeting":false}';
  const nulls = labelJson(',"targeting":null').replace(
    /"publishingSpecifications":\{.*?\}\}/,
    '"publishingSpecifications":null',
  );
  const answers = [labelJson(more), nulls];
  const { client } = await clientFor(t, (_request, response) => answer(response, 200, answers.shift()));
  const label = await client.getShippingLabel(PATH);
  assert.equal(label.recipientSpecifications?.receiverPublisherId, '1152921504606978425');
  assert.equal((await client.getShippingLabel(PATH)).publishingSpecifications, null);
  const rounded = Number(PATH.shippingLabelId) as unknown as bigint;
  await assert.rejects(client.getShippingLabel({ ...PATH, shippingLabelId: rounded }), TypeError);
  await assert.rejects(client.getShippingLabel({ ...PATH, productId: '1/../2' }), TypeError);
});

test('an id in a form that may have lost digits is an error', async (t) => {
  const exponent = labelJson().replace(`"id":${PATH.shippingLabelId}`, '"id":1.152921504606978423e18');
  const { client } = await clientFor(t, (_request, response) => answer(response, 200, exponent));
  await assert.rejects(client.getShippingLabel(PATH), { code: 'inexactNumber' });
});
