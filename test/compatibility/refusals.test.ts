// What clients read when the server refuses.
import assert from 'node:assert/strict';
import { runService } from '../../packages/server/test/pipeline/running-service.ts';
import { held } from './held.ts';
import { PRODUCT, Service, startForFile, V2 } from './service.ts';
import { type Answer, send } from './wire.ts';

const service = startForFile();

/** One refusal of each kind that any call may meet. */
async function refusals(): Promise<Answer[]> {
  const { path } = await service.submission();
  assert.equal((await service.call('POST', `${path}/commit`)).status, 202);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  return [
    await service.call('POST', `${V2}/products`, {}),
    await service.call('GET', `${V2}/products/1`),
    await service.call('GET', `${V2}/nothing`),
    await service.call('POST', `${path}/commit`),
    await service.call('POST', `${path}/commit`, undefined, form),
    await send(`${service.url}${V2}/products`),
    await send(`${service.url}${V2}/products`, { headers: { authorization: 'Bearer nonsense' } }),
  ];
}

held(['C-401', 'C-402', 'C-403'], async () => {
  const seen = new Set<number>();
  for (const { status, json, text } of await refusals()) {
    seen.add(status);
    assert.equal(typeof json.error.code, 'string', text);
    assert.ok(json.error.message.length > 0, text);
    assert.ok(Array.isArray(json.error.validationErrors), text);
    assert.equal(json.error.httpErrorCode, status, text);
    assert.equal(json.httpErrorCode, status, text);
    assert.match(json.statusCode, new RegExp(`^${status} [A-Z][A-Za-z]+$`));
    assert.equal(json.message, json.error.message);
  }
  assert.deepEqual([...seen].sort(), [400, 401, 404, 415]);
  const faults = await service.call('POST', `${V2}/products`, { testHarness: 'none', requestedSignatures: ['x', 'y'] });
  assert.deepEqual(faults.json.error.validationErrors.map(({ target }: { target: string }) => target).sort(), [
    'productName',
    'requestedSignatures[0]',
    'requestedSignatures[1]',
    'testHarness',
  ]);
});

held('C-404', async () => {
  for (const path of [
    '/products/9007199254740993',
    '/products/9007199254740993/submissions/1152921504606846977',
    '/products/abc',
  ]) {
    const answer = await service.call('GET', V2 + path);
    assert.equal(answer.status, 404);
    assert.equal(answer.json.error.code, 'entityNotFound');
  }
});

held('C-405', async () => {
  const { path, uploadUrl } = await service.submission();
  await service.upload(uploadUrl, await service.signedCabinet());
  assert.equal((await service.call('POST', `${path}/commit`)).status, 202);
  const again = await service.call('POST', `${path}/commit`);
  assert.equal(again.status, 400);
  assert.equal(again.json.error.code, 'requestInvalidForCurrentState');
  assert.equal(again.json.error.message, 'Only pending submissions can be committed.');
  assert.equal((await service.watch(path)).at(-1)?.json.commitStatus, 'commitComplete');
});

held('C-406', async () => {
  const { path } = await service.submission();
  const again = await service.call('POST', path.slice(0, path.lastIndexOf('/')), { name: 'second', type: 'initial' });
  assert.equal(again.json.error.code, 'requestInvalidForCurrentState');
  assert.equal(again.json.error.message, 'Initial submission already exists');
});

held('C-409', async () => {
  const answer = await service.call('GET', '/v1.0/my/hardware/products/1');
  assert.equal(answer.json.error.code, 'EntityNotFound');
  const invalid = await service.call('POST', '/api/v1.0/hardware/products', {});
  assert.equal(invalid.json.error.code, 'InvalidInput');
});

held('C-410', async () => {
  const { path, uploadUrl } = await service.submission(PRODUCT);
  await service.upload(uploadUrl, 'this is no cabinet');
  assert.equal((await service.call('POST', `${path}/commit`)).status, 202);
  const last = (await service.watch(path)).at(-1);
  assert.equal(last?.json.workflowStatus.state, 'failed');
  assert.ok(last?.json.workflowStatus.messages.join('').length > 0);
  const empty = await service.submission();
  await service.call('POST', `${empty.path}/commit`);
  assert.equal((await service.watch(empty.path)).at(-1)?.json.commitStatus, 'commitFailed');
});

held('C-407', async () => {
  const reader = await service.addAccount(['Shipping Label Owner']);
  const answer = await reader.call('POST', `${V2}/products`, PRODUCT);
  assert.equal(answer.status, 403);
  assert.equal(answer.json.error.code, 'forbidden');
  assert.equal((await reader.call('GET', `${V2}/products`)).status, 200);
});

held('C-408', async (t) => {
  let offset = 0;
  const clock = (): Date => new Date(Date.now() + offset);
  const limited = new Service(await runService(t, { throttle: { read: 2, write: 1, upload: 1 }, clock }));
  const list = () => limited.call('GET', `${V2}/products`);
  const answers = [];
  while (answers.at(-1)?.status !== 429) answers.push(await list());
  assert.ok(answers.length <= 6, 'at most two a minute, and a minute may begin meanwhile');
  const refused = answers.at(-1);
  assert.equal(refused?.json.error.code, 'tooManyRequests');
  const seconds = Number(refused?.headers['retry-after']);
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, String(refused?.headers['retry-after']));
  offset = seconds * 1000;
  assert.equal((await list()).status, 200);
});
