// What clients read in the answers about products and submissions.
import assert from 'node:assert/strict';
import { held } from './held.ts';
import { PRODUCT, startForFile, V2 } from './service.ts';
import { type Answer, send } from './wire.ts';

const V1 = '/v1.0/my/hardware';
const service = startForFile();

held('C-301', async () => {
  const product = await service.call('POST', `${V2}/products`, PRODUCT);
  assert.equal(product.status, 201);
  const path = `${V2}/products/${product.json.id}/submissions`;
  assert.equal((await service.call('POST', path, { name: 'first', type: 'initial' })).status, 201);
});

held('C-302', async () => {
  const { path } = await service.submission();
  const answer = await service.call('POST', `${path}/commit`);
  assert.equal(answer.status, 202);
  assert.equal(answer.bytes.length, 0);
});

held('C-303', async () => {
  const { path } = await service.submission(PRODUCT, V1);
  const answer = await service.call('POST', `${path}/commit`);
  assert.equal(answer.status, 202);
  assert.equal(answer.text, '{"commitStatus":"commitStarted"}');
});

held('C-304', async () => {
  for (let index = 0; index < 3; index += 1) await service.product();
  const first = await service.call('GET', `${V2}/products?pageSize=2`);
  assert.equal(first.json.value.length, 2);
  const next = first.json.links.find(({ rel }: { rel: string }) => rel === 'next_link');
  const second = await send(next.href, { headers: { authorization: await service.authorization() } });
  assert.equal(second.status, 200);
  const ids = [...first.json.value, ...second.json.value].map(({ id }: { id: unknown }) => String(id));
  assert.equal(new Set(ids).size, ids.length, 'pages do not overlap');
});

held('C-306', async () => {
  const { answer, path } = await service.submission();
  const list = await service.call('GET', path.slice(0, path.lastIndexOf('/')));
  for (const text of [answer.text, (await service.call('GET', path)).text, list.text]) {
    assert.match(text, /"id":\d{16,19}[,}]/);
    assert.match(text, /"productId":\d{16,19}[,}]/);
    assert.doesNotMatch(text, /"(?:id|productId)":\s*"/);
  }
  // The id in the text is the id in the link, digit by digit.
  const [, id] = /"id":(\d+)/.exec(answer.text) ?? [];
  assert.ok(answer.json.links.some(({ href }: { href: string }) => href.endsWith(`/submissions/${id}`)));
});

/** Every property name in a value of the API; dictionaries have codes for keys and are left out. */
function propertyNames(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(propertyNames);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === 'selectedProductTypes' ? [name] : [name, ...propertyNames(part)],
  );
}

held('C-307', async () => {
  const { answer, path } = await service.finished();
  const product = await service.call('GET', path.slice(0, path.indexOf('/submissions')));
  for (const name of [...propertyNames(answer.json), ...propertyNames(product.json)])
    assert.match(name, /^[a-z][A-Za-z0-9]*$/);
  for (const name of [
    'id',
    'productName',
    'testHarness',
    'deviceType',
    'isCommitted',
    'requestedSignatures',
    'links',
  ]) {
    assert.ok(name in product.json, name);
  }
});

held(['C-308', 'C-309', 'C-311', 'C-312', 'C-314'], async () => {
  const path = await service.committed();
  const seen = await service.watch(path);
  for (const { json, text } of seen) {
    const { currentStep, state, messages, errorReport } = json.workflowStatus;
    assert.match(currentStep, /^[a-z][A-Za-z]+$/, text);
    assert.ok(['started', 'completed'].includes(state), text);
    assert.ok(Array.isArray(messages));
    if (errorReport !== undefined) assert.ok(URL.canParse(errorReport));
    const types = json.downloads.items.map(({ type }: { type: string }) => type);
    assert.equal(state === 'completed', currentStep === 'finalizeIngestion' && types.includes('signedPackage'), text);
  }
  assert.equal(seen.at(-1)?.json.workflowStatus.state, 'completed');
});

held('C-310', async () => {
  const { answer, path, uploadUrl } = await service.submission();
  assert.equal(answer.json.commitStatus, 'commitPending');
  assert.equal((await service.call('GET', path)).json.commitStatus, 'commitPending');
  await service.upload(uploadUrl, await service.signedCabinet());
  await service.call('POST', `${path}/commit`);
  const seen = await service.watch(path);
  for (const { json } of seen) assert.match(json.commitStatus, /^commit(?:Received|Complete)$/);
  assert.equal(seen.at(-1)?.json.commitStatus, 'commitComplete');
});

held('C-313', async () => {
  const { answer, path } = await service.submission();
  for (const { json } of [answer, await service.call('GET', path)] as Answer[]) {
    assert.equal(json.downloads.items[0].type, 'initialPackage');
    const url = new URL(json.downloads.items[0].url);
    assert.match(url.searchParams.get('sp') ?? '', /w/);
    assert.ok(json.workflowStatus, 'also before the commit');
  }
});

held('C-316', async () => {
  const { answer } = await service.finished();
  const item = answer.json.downloads.items.find(({ type }: { type: string }) => type === 'driverMetadata');
  const { json } = await send(item.url);
  const [bundle] = Object.values<{ InfInfoMap: Record<string, { OSPnPInfoMap: object }> }>(json.BundleInfoMap);
  const [inf] = Object.values(bundle?.InfInfoMap ?? {});
  assert.deepEqual(Object.keys(inf?.OSPnPInfoMap ?? {}), ['WINDOWS_v100_X64_GE_FULL']);
});

held('C-317', async () => {
  const id = await service.product({ productName: 'Echo', testHarness: 'attestation' });
  assert.deepEqual((await service.call('GET', `${V2}/products/${id}`)).json.requestedSignatures, []);
});

held('C-320', async () => {
  const { answer, path } = await service.finished();
  const product = path.slice(0, path.indexOf('/submissions'));
  const texts = [answer, await service.call('GET', product), await service.call('GET', `${V2}/products`)];
  for (const { text } of texts) assert.doesNotMatch(text, /:\s*null\b/);
});
