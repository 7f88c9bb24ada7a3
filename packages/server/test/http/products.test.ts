import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, Product } from '@assay/hardware-api';
import { ATTESTATION_PRODUCT, bodyOf, buildTestApp, idOf, V2 } from './test-app.ts';

test('a minimal product is made with every list and flag that clients walk unchecked', async (t) => {
  const built = await buildTestApp(t);
  const response = await built.call('POST', `${V2}/products`, { productName: 'Echo', testHarness: 'Attestation' });
  assert.equal(response.statusCode, 201, response.body);
  const product = bodyOf<Product>(response);
  const self = `http://localhost${V2}/products/${product.id}`;
  assert.deepEqual(product.links, [
    { href: self, rel: 'self', method: 'GET' },
    { href: `${self}/submissions`, rel: 'get_submissions', method: 'GET' },
  ]);
  const { id: _id, sharedProductId: _shared, links: _links, createdBy, updatedBy, ...rest } = product;
  assert.deepEqual([createdBy, updatedBy], [built.tenant.clientId, built.tenant.clientId]);
  assert.deepEqual(rest, {
    isCommitted: false,
    isExtensionInf: false,
    deviceMetadataIds: [],
    deviceType: 'notSet',
    isTestSign: false,
    isFlightSign: false,
    isRetpolineCompiled: false,
    marketingNames: [],
    productName: 'Echo',
    selectedProductTypes: {},
    requestedSignatures: [],
    additionalAttributes: {},
    testHarness: 'attestation',
    originType: 'author',
    sourceProductId: 0,
    sourcePublisherId: 0,
    message: '',
    createdDateTime: '2026-03-04T05:06:07.890Z',
    updatedDateTime: '2026-03-04T05:06:07.890Z',
  });
  assert.equal(response.body.includes('null'), false);
});

test('ids are bare numbers with all their digits', async (t) => {
  const built = await buildTestApp(t);
  const created = await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  const stored = await built.database.selectFrom('products').selectAll().executeTakeFirstOrThrow();
  assert.ok(stored.shared_product_id > 2n ** 53n && stored.id > 2n ** 53n);
  const texts = [
    created.body,
    (await built.call('GET', `${V2}/products/${stored.id}`)).body,
    (await built.call('GET', `${V2}/products`)).body,
  ];
  for (const text of texts) {
    assert.ok(text.includes(`"id":${stored.id},`), text);
    assert.ok(text.includes(`"sharedProductId":${stored.shared_product_id},`), text);
  }
});

test('property names and enumeration values are read without case, the last spelling wins, unknown ones are dropped', async (t) => {
  const built = await buildTestApp(t);
  const response = await built.app.inject({
    method: 'POST',
    url: `${V2}/products`,
    headers: { authorization: await built.authorize(), 'content-type': 'application/json' },
    payload: `{"ProductName":"first","TestHarness":"HLK","DeviceType":"InternalExternal","productName":"second",
      "AnnouncementDate":"2018-01-01T00:00:00","createType":"product","marketingNames":null,
      "SelectedProductTypes":{"windows_v100_RS3":"unclassified"},"RequestedSignatures":["windows_v100_x64_rs3_full"],
      "AdditionalAttributes":{"StorageController":null}}`,
  });
  assert.equal(response.statusCode, 201, response.body);
  const product = bodyOf<Product>(response);
  assert.equal(product.productName, 'second');
  assert.equal(product.testHarness, 'hlk');
  assert.equal(product.deviceType, 'internalExternal');
  assert.equal(product.announcementDate, '2018-01-01T00:00:00Z');
  assert.deepEqual(product.marketingNames, []);
  assert.deepEqual(product.selectedProductTypes, { windows_v100_RS3: 'Unclassified' });
  assert.deepEqual(product.additionalAttributes, {});
  assert.equal(product.requestedSignatures[0]?.toLowerCase(), 'windows_v100_x64_rs3_full');
  assert.equal('createType' in product, false);
});

test('what was given at creation comes back unchanged when the product is read', async (t) => {
  const built = await buildTestApp(t);
  const given = {
    productName: 'Réseau "quoted" 网络 \u{1f50c}',
    testHarness: 'hck',
    announcementDate: '2026-10-22T00:00:00Z',
    deviceMetadataIds: ['6f9619ff-8b86-d011-b42d-00c04fc964ff'],
    deviceMetadataCategory: 'Input.Digitizer.Multitouch',
    deviceType: 'external',
    firmwareVersion: '980',
    isTestSign: true,
    isFlightSign: true,
    marketingNames: ['one', 'two'],
    selectedProductTypes: { windows_v100_RS3: 'Unclassified' },
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
    additionalAttributes: {
      storageController: { usedProprietary: true, proprietaryName: 'p', proprietaryVersion: '1' },
    },
  };
  const created = await built.call('POST', `${V2}/products`, given);
  assert.equal(created.statusCode, 201, created.body);
  const read = await built.call('GET', `${V2}/products/${idOf(created)}`);
  assert.equal(read.statusCode, 200);
  assert.equal(read.body, created.body);
  const product = bodyOf<Product>(read) as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) assert.deepEqual(product[name], value, name);
});

test('every fault of a new product is reported at once', async (t) => {
  const built = await buildTestApp(t);
  const response = await built.call('POST', `${V2}/products`, {
    testHarness: 'witchcraft',
    deviceType: 'sideways',
    deviceMetadataIds: ['6f9619ff-8b86-d011-b42d-00c04fc964ff', 'nope'],
    requestedSignatures: ['WINDOWS_v100_X64_GE_FULL', 'WINDOWS_v999'],
    selectedProductTypes: { windows_v999: 'Unclassified', windows_v100_RS3: 'Toaster' },
    announcementDate: '2018-13-01',
    isTestSign: 'yes',
    marketingNames: 'one',
  });
  assert.equal(response.statusCode, 400);
  const { error } = response.json<ErrorBody>();
  assert.equal(error.code, 'invalidInput');
  assert.deepEqual(error.validationErrors.map(({ target }) => target).sort(), [
    'announcementDate',
    'deviceMetadataIds[1]',
    'deviceType',
    'isTestSign',
    'marketingNames',
    'productName',
    'requestedSignatures[1]',
    'selectedProductTypes.windows_v100_RS3',
    'selectedProductTypes.windows_v999',
    'testHarness',
  ]);
  assert.ok(error.validationErrors.every(({ message }) => message.length > 0));
  assert.deepEqual(await built.database.selectFrom('products').selectAll().execute(), []);
});

test('a multi-path option that is used makes its partner fields mandatory', async (t) => {
  const built = await buildTestApp(t);
  const response = await built.call('POST', `${V2}/products`, {
    ...ATTESTATION_PRODUCT,
    additionalAttributes: { storageController: { usedMicrosoft: true, microsoftName: 'MPIO', usedBetterBoot: true } },
  });
  assert.equal(response.statusCode, 400);
  const targets = response.json<ErrorBody>().error.validationErrors.map(({ target }) => target);
  assert.deepEqual(targets, [
    'additionalAttributes.storageController.microsoftVersion',
    'additionalAttributes.storageController.uefiVersion',
    'additionalAttributes.storageController.acpiVersion',
  ]);
});

test('a body that is no JSON object is invalid input', async (t) => {
  const built = await buildTestApp(t);
  for (const body of [[], 'text', 7, null]) {
    const response = await built.call('POST', `${V2}/products`, body);
    assert.equal(response.statusCode, 400, JSON.stringify(body));
    assert.equal(response.json<ErrorBody>().error.code, 'invalidInput');
  }
});

test('an id that is none, or names nothing, is not found', async (t) => {
  const built = await buildTestApp(t);
  for (const id of ['1', '0', '-1', 'abc', '1e3', '9223372036854775808', '99999999999999999999', '%20']) {
    const response = await built.call('GET', `${V2}/products/${id}`);
    assert.equal(response.statusCode, 404, id);
    const { error } = response.json<ErrorBody>();
    assert.deepEqual([error.code, error.message], ['entityNotFound', 'Product not found']);
  }
});
