// How clients write their requests about products and submissions.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { held } from './held.ts';
import { PRODUCT, startForFile, V2 } from './service.ts';
import { send } from './wire.ts';

const OLDER_PREFIXES = ['/v1.0/my/hardware', '/api/v1.0/my/hardware', '/api/v1.0/hardware', '/api/v1/hardware'];
const service = startForFile();

/** The product as it reads after it was made of these fields. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what each test asserts.
async function made(fields: object): Promise<any> {
  const id = await service.product(fields);
  return (await service.call('GET', `${V2}/products/${id}`)).json;
}

held('C-201', async () => {
  const { pathname } = new URL(service.url);
  assert.equal(pathname, '/');
  assert.equal((await service.call('GET', '/v2.0/my/hardware/products')).status, 200);
});

held('C-202', async () => {
  const created = await service.call('POST', `${V2}/products/`, PRODUCT);
  assert.equal(created.status, 201);
  const { path } = await service.submission();
  for (const each of [`${V2}/products/`, `${path.slice(0, path.lastIndexOf('/'))}/`, `${path}/`]) {
    const answer = await service.call('GET', each);
    assert.equal(answer.status, 200, each);
    assert.equal(answer.headers.location, undefined);
  }
  assert.equal((await service.call('POST', `${path}/commit/`)).status, 202);
});

held('C-204', async () => {
  for (const prefix of OLDER_PREFIXES) {
    const id = await service.product(PRODUCT, prefix);
    const answer = await service.call('GET', `${prefix}/products/${id}`);
    assert.equal(answer.status, 200, prefix);
    assert.equal(String(answer.json.id), id);
    assert.ok(answer.json.links[0].href.startsWith(`${service.url}${prefix}/products/`), prefix);
    assert.equal((await service.call('GET', `${V2}/products/${id}`)).status, 200);
  }
});

held(['C-209', 'C-210', 'C-211'], async () => {
  const product = await made({
    ProductName: 'Upper',
    TESTHARNESS: 'Attestation',
    DeviceType: 'Internal',
    DeviceMetadataCategory: 'category',
    createType: 'product',
    martketingNames: ['misspelt'],
    RequestedSignatures: ['windows_v100_x64_ge_full'],
  });
  assert.equal(product.productName, 'Upper');
  assert.equal(product.testHarness, 'attestation');
  assert.equal(product.deviceType, 'internal');
  assert.deepEqual(product.marketingNames, []);
  assert.deepEqual(product.requestedSignatures, ['WINDOWS_v100_X64_GE_FULL']);
  const submission = await service.call('POST', `${V2}/products/${product.id}/submissions`, {
    Name: 'first',
    Type: 'Initial',
  });
  assert.equal(submission.status, 201, submission.text);
  assert.equal(submission.json.type, 'initial');
});

held('C-212', async () => {
  const product = await made({ productName: 'Echo', testHarness: 'attestation', deviceType: 'internalExternal' });
  assert.equal('announcementDate' in product, false);
  assert.equal('firmwareVersion' in product, false);
});

held('C-213', async () => {
  assert.deepEqual((await made({ ...PRODUCT, selectedProductTypes: {} })).selectedProductTypes, {});
  assert.deepEqual((await made(PRODUCT)).selectedProductTypes, {});
  const given = { windows_v100_RS5: 'Unclassified' };
  assert.deepEqual((await made({ ...PRODUCT, selectedProductTypes: given })).selectedProductTypes, given);
});

held('C-214', async () => {
  const product = await made({
    ...PRODUCT,
    firmwareVersion: null,
    marketingNames: null,
    additionalAttributes: { storageController: null, raidController: null, svvp: null },
  });
  assert.deepEqual(product.additionalAttributes, {});
  assert.deepEqual(product.marketingNames, []);
});

held('C-215', async () => {
  for (const [sent, read] of [
    ['2026-11-01T00:00:00', '2026-11-01T00:00:00Z'],
    ['11/1/2026 1:05:00 PM', '2026-11-01T13:05:00Z'],
    ['2026-11-01T02:00:00+02:00', '2026-11-01T00:00:00Z'],
    ['', undefined],
  ]) {
    assert.equal((await made({ ...PRODUCT, announcementDate: sent })).announcementDate, read);
  }
});

held('C-216', async () => {
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'nonsense']) {
    const answer = await service.call('GET', `${V2}/products`, undefined, { 'content-type': type });
    assert.equal(answer.status, 200, type);
  }
});

held('C-217', async () => {
  const { path } = await service.submission();
  const answer = await service.call('POST', `${path}/commit`);
  assert.equal(answer.status, 202, answer.text);
});

held('C-218', async () => {
  const { path } = await service.submission();
  assert.equal((await service.call('POST', `${path}/commit`, {})).status, 202);
  const other = await service.submission();
  const charset = { 'content-type': 'application/json; charset=utf-8' };
  assert.equal((await service.call('POST', `${other.path}/commit`, {}, charset)).status, 202);
});

held('C-219', async () => {
  const { path } = await service.submission();
  const answer = await service.call('POST', `${path}/commit`, undefined, { 'content-type': 'application/json' });
  assert.equal(answer.status, 202, answer.text);
});

held('C-220', async () => {
  const { path } = await service.submission();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await service.call('POST', `${path}/commit`, undefined, form);
  assert.equal(answer.status, 415);
  assert.match(answer.json.error.message, /application\/json/);
  assert.equal((await service.call('GET', path)).json.commitStatus, 'commitPending', 'nothing has happened');
});

held('C-221', async () => {
  const ids = { 'ms-correlationid': randomUUID(), 'ms-requestid': randomUUID() };
  const sent = await service.call('GET', `${V2}/products`, undefined, ids);
  assert.equal(sent.headers['ms-correlationid'], ids['ms-correlationid']);
  assert.equal(sent.headers['ms-requestid'], ids['ms-requestid']);
  const refused = await send(`${service.url}${V2}/nothing`, { headers: ids });
  assert.equal(refused.headers['ms-correlationid'], ids['ms-correlationid']);
  const made = await send(`${service.url}${V2}/products`);
  for (const name of ['ms-correlationid', 'ms-requestid']) assert.match(String(made.headers[name]), /^[0-9a-f-]{36}$/);
});

held('C-222', async () => {
  const { path } = await service.submission();
  const product = path.slice(0, path.indexOf('/submissions'));
  const changed = await service.call('PATCH', product, { marketingNames: ['Echo Pro'] });
  assert.equal(changed.status, 204, changed.text);
  assert.equal(changed.bytes.length, 0);
  assert.deepEqual((await service.call('GET', product)).json.marketingNames, ['Echo Pro']);
  const renamed = await service.call('PATCH', path, { Name: 'second' });
  assert.equal(renamed.status, 204, renamed.text);
  assert.equal((await service.call('GET', path)).json.name, 'second');
});

held('C-224', async () => {
  const { path } = await service.finished();
  const answer = await service.call('POST', `${path}/createpublishermetadata`, {});
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.bytes.length, 0);
});
