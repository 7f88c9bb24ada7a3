// The sample request of each method of the user's own documents (the version 1.0 reference, and the pages "Manage product
// submissions" and "Get a submission"), and the shape of the sample response. What a sample shows must be there, of the same
// kind; more may be there too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { bodyOf, buildTestApp, idOf, type TestApp } from './test-app.ts';

/** "Create a new product": both spellings of the name are in the sample, and the last one wins. */
const NEW_PRODUCT = {
  ProductName: 'Test_Network_Product2-R',
  TestHarness: 'Attestation',
  announcementDate: '2018-01-01T00:00:00',
  deviceMetadataIds: [],
  firmwareVersion: '980',
  deviceType: 'external',
  isTestSign: false,
  marketingNames: [],
  productName: 'VST_apdevtest1',
  selectedProductTypes: { windows_v100_RS3: 'Unclassified' },
  requestedSignatures: ['WINDOWS_v100_RS3_FULL', 'WINDOWS_v100_X64_RS3_FULL', 'WINDOWS_VISTA'],
  additionalAttributes: {},
  packageType: 'HLK',
};

/** "Create a new submission for a product". */
const NEW_SUBMISSION = { name: 'VST_apdevtest1_init', type: 'initial' };

/** A property of a sample is a value of the same kind. Numbers are 64-bit ids, whose digits the samples lost. */
type Shape = 'id' | 'text' | 'flag' | 'time' | 'dictionary' | readonly [Shape] | { readonly [name: string]: Shape };

const LINK: Shape = { href: 'text', rel: 'text', method: 'text' };

const PRODUCT: Shape = {
  id: 'id',
  sharedProductId: 'id',
  links: [LINK],
  isCommitted: 'flag',
  isExtensionInf: 'flag',
  announcementDate: 'time',
  deviceMetadataIds: ['text'],
  firmwareVersion: 'text',
  deviceType: 'text',
  isTestSign: 'flag',
  marketingNames: ['text'],
  productName: 'text',
  selectedProductTypes: 'dictionary',
  requestedSignatures: ['text'],
  additionalAttributes: 'dictionary',
  testHarness: 'text',
};

const LISTED_SUBMISSION: Shape = {
  id: 'id',
  productId: 'id',
  workflowStatus: { currentStep: 'text', state: 'text', messages: ['text'] },
  links: [LINK],
  name: 'text',
  type: 'text',
};

const SUBMISSION: Shape = {
  ...LISTED_SUBMISSION,
  downloads: { items: [{ type: 'text', url: 'text' }], messages: ['text'] },
  commitStatus: 'text',
};

function assertShape(actual: unknown, shape: Shape, path = 'the answer'): void {
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(actual), `${path} is a list`);
    for (const [index, element] of actual.entries()) assertShape(element, shape[0] as Shape, `${path}[${index}]`);
  } else if (typeof shape === 'object') {
    assert.ok(typeof actual === 'object' && actual !== null, `${path} is an object`);
    for (const [name, property] of Object.entries(shape as Readonly<Record<string, Shape>>)) {
      assert.ok(name in actual, `${path} has ${name}`);
      assertShape((actual as Record<string, unknown>)[name], property, `${path}.${name}`);
    }
  } else if (shape === 'id') {
    assert.ok(typeof actual === 'bigint', `${path} is a bare integer beyond what a double holds: ${String(actual)}`);
  } else if (shape === 'time') {
    assert.ok(typeof actual === 'string' && !Number.isNaN(Date.parse(actual)), `${path} is a time`);
  } else if (shape === 'dictionary') {
    assert.ok(typeof actual === 'object' && actual !== null && !Array.isArray(actual), `${path} is an object`);
  } else {
    assert.equal(typeof actual, shape === 'flag' ? 'boolean' : 'string', path);
  }
}

function assertLinks(response: LightMyRequestResponse, expected: Readonly<Record<string, string>>): void {
  const { links } = bodyOf<{ links: { href: string; rel: string; method: string }[] }>(response);
  const found = Object.fromEntries(links.map(({ href, rel, method }) => [rel, `${method} ${new URL(href).pathname}`]));
  for (const [rel, link] of Object.entries(expected)) assert.equal(found[rel], link, rel);
}

/** The samples call the older paths with and without `my`, and the newer pages the current one. */
for (const prefix of ['/api/v1.0/my/hardware', '/api/v1.0/hardware', '/v2.0/my/hardware']) {
  const version1 = prefix.includes('v1.0');

  test(`the documented samples on ${prefix}`, async (t) => {
    const built: TestApp = await buildTestApp(t);

    const created = await built.call('POST', `${prefix}/products`, NEW_PRODUCT);
    assert.equal(created.statusCode, 201, created.body);
    assertShape(bodyOf(created), PRODUCT);
    const product = bodyOf<Record<string, unknown>>(created);
    assert.equal(product.productName, 'VST_apdevtest1');
    assert.equal(product.testHarness, 'attestation');
    assert.equal(product.isCommitted, false);
    assert.deepEqual(product.requestedSignatures, NEW_PRODUCT.requestedSignatures);
    assert.deepEqual({ ...(product.selectedProductTypes as object) }, NEW_PRODUCT.selectedProductTypes);
    const productPath = `${prefix}/products/${idOf(created)}`;
    assertLinks(created, { self: `GET ${productPath}`, get_submissions: `GET ${productPath}/submissions` });

    const read = await built.call('GET', productPath);
    assert.equal(read.statusCode, 200);
    assertShape(bodyOf(read), PRODUCT);

    const products = await built.call('GET', `${prefix}/products/`);
    assert.equal(products.statusCode, 200);
    assertShape(bodyOf(products), { value: [PRODUCT], links: [LINK] });
    assertLinks(products, { self: `GET ${prefix}/products` });

    const submitted = await built.call('POST', `${productPath}/submissions`, NEW_SUBMISSION);
    assert.equal(submitted.statusCode, 201, submitted.body);
    assertShape(bodyOf(submitted), SUBMISSION);
    const submissionPath = `${productPath}/submissions/${idOf(submitted)}`;
    assertLinks(submitted, { self: `GET ${submissionPath}`, update_submission: `PATCH ${submissionPath}` });
    const { commitStatus, downloads } = bodyOf<{
      commitStatus: string;
      downloads: { items: { type: string; url: string }[] };
    }>(submitted);
    assert.equal(commitStatus, 'commitPending');
    const [upload] = downloads.items;
    assert.equal(upload?.type, 'initialPackage');
    assert.equal(new URL(upload?.url ?? '').searchParams.get('sp'), 'rwl');

    const submissions = await built.call('GET', `${productPath}/submissions`);
    assert.equal(submissions.statusCode, 200);
    assertShape(bodyOf(submissions), { value: [LISTED_SUBMISSION], links: [LINK] });

    const committed = await built.call('POST', `${submissionPath}/commit`);
    assert.equal(committed.statusCode, 202);
    if (version1) assert.deepEqual({ ...bodyOf<object>(committed) }, { commitStatus: 'commitStarted' });
    else assert.equal(committed.body, '');

    const status = await built.call('GET', submissionPath);
    assert.equal(status.statusCode, 200);
    assertShape(bodyOf(status), SUBMISSION);
    assert.equal(bodyOf<{ commitStatus: string }>(status).commitStatus, 'commitReceived');
    assert.equal(bodyOf<{ isCommitted: boolean }>(await built.call('GET', productPath)).isCommitted, true);
  });
}
