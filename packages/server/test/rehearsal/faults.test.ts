// Each fault of requests, transfers and looks, as a client on plain fetch meets it.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { parseJson } from '@assay/hardware-api';
import { ApiCaller, type Submission } from '../pipeline/api-caller.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

const PRODUCTS = '/v2.0/my/hardware/products';

describe('faults', () => {
  let service: RehearsedService;
  let api: ApiCaller;
  let cabinet: Uint8Array;
  const stops: (() => unknown)[] = [];

  before(async () => {
    service = await runRehearsal({ after: (hook) => void stops.push(hook) }, {});
    api = service.api;
    cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
  });
  after(async () => {
    for (const stop of stops) await stop();
  });
  afterEach(async () => {
    await service.rehearse('DELETE', '/faults');
    await service.rehearse('DELETE', '/journal');
  });

  async function add(...faults: unknown[]): Promise<void> {
    const { status, body } = await service.rehearse('POST', '/faults', faults);
    assert.equal(status, 201, JSON.stringify(body));
  }

  /** The newest entries of the journal that have a fault. */
  async function journalled(
    fault = '*',
  ): Promise<{ status: number; operation: string; fault: string; refusal?: object }[]> {
    const { body } = await service.rehearse('GET', `/journal?fault=${fault}`);
    return (body as { entries: [] }).entries;
  }

  async function products(): Promise<Response> {
    return await fetch(`${service.credentials.url}${PRODUCTS}`, {
      headers: { authorization: `Bearer ${await api.token()}` },
    });
  }

  test('throttle refuses in the shape of the gateway, with Retry-After and without', async () => {
    await add('throttle:1:7', 'throttle:1:none');
    const first = await products();
    assert.equal(first.status, 429);
    assert.equal(first.headers.get('retry-after'), '7');
    assert.deepEqual(Object.keys((await first.json()) as object), ['statusCode', 'message']);
    const second = await products();
    assert.equal(second.status, 429);
    assert.equal(second.headers.get('retry-after'), null);
    assert.equal((await products()).status, 200);
  });

  test('a throttled creation makes nothing, whatever its body', async () => {
    await add({ fault: 'throttle', on: { operation: 'createProduct' } });
    const before = (await api.call('GET', PRODUCTS)).body as { value: [] };
    const refused = await api.call('POST', PRODUCTS, { productName: 'x'.repeat(500_000) });
    assert.equal(refused.status, 429);
    const now = (await api.call('GET', PRODUCTS)).body as { value: [] };
    assert.equal(now.value.length, before.value.length);
  });

  test('error: the gateway speaks with 5xx, the API with 4xx, the authority and the storage in their own ways', async () => {
    await add('error:500', 'error:403', 'error:503:1:issueToken', 'error:503:1:getBlob', 'error:504:1:putBlob');
    assert.deepEqual((await api.call('GET', PRODUCTS)).body, { statusCode: 500, message: 'Internal server error' });
    const forbidden = await api.call('GET', PRODUCTS);
    assert.equal(forbidden.status, 403);
    assert.equal((forbidden.body as { error: { code: string } }).error.code, 'forbidden');
    await assert.rejects(new ApiCaller(service.credentials).token(), /503 .*AADSTS90033/);
    const submission = await api.create();
    const url = submission.downloads.items[0]?.url ?? '';
    const put = await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'x' });
    assert.equal(put.status, 504);
    assert.match(await put.text(), /<Code>OperationTimedOut<\/Code>/);
    const got = await fetch(url);
    assert.equal(got.status, 503);
    assert.equal(got.headers.get('x-ms-error-code'), 'ServerBusy');
    assert.ok(got.headers.get('x-ms-request-id'));
    assert.match(await got.text(), /<Code>ServerBusy<\/Code>/);
  });

  test('a large upload that is refused is answered, not cut', async () => {
    await add('error:500:1:putBlob');
    const { downloads } = await api.create();
    const upload = { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: Buffer.alloc(5_000_000) };
    const response = await fetch(downloads.items[0]?.url ?? '', upload);
    assert.equal(response.status, 500);
    assert.match(await response.text(), /InternalError/);
  });

  test('lost: the commit takes effect, and the gateway says 502', async () => {
    const submission = await api.create();
    await api.upload(submission, cabinet);
    await add('lost');
    const lost = await api.call('POST', `${api.path(submission)}/commit`);
    assert.equal(lost.status, 502);
    assert.deepEqual(lost.body, { statusCode: 502, message: 'Bad gateway' });
    const again = await api.call('POST', `${api.path(submission)}/commit`);
    assert.equal((again.body as { error: { code: string } }).error.code, 'requestInvalidForCurrentState');
    assert.equal((await api.finished(submission)).workflowStatus.state, 'completed');
  });

  test('lost on the URLs of packages: the bytes are there, and the storage says nothing of it', async () => {
    await add('lost:putBlob', 'lost:getBlob');
    const submission = await api.create();
    assert.equal(await api.upload(submission, cabinet), 502);
    const url = submission.downloads.items[0]?.url ?? '';
    const lost = await fetch(url);
    assert.match(await lost.text(), /<Code>OperationTimedOut</);
    assert.equal((await (await fetch(url)).arrayBuffer()).byteLength, cabinet.length);
  });

  test('drop: the product is there, and the caller got no answer', async () => {
    await add('drop:createProduct');
    await assert.rejects(
      api.call('POST', PRODUCTS, {
        productName: 'Dropped',
        testHarness: 'attestation',
        deviceType: 'internal',
        requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
      }),
    );
    const list = (await api.call('GET', PRODUCTS)).body as { value: { productName: string }[] };
    assert.equal(list.value.filter(({ productName }) => productName === 'Dropped').length, 1);
    const [entry] = await journalled();
    assert.deepEqual([entry?.operation, entry?.status, entry?.fault], ['createProduct', 0, 'drop']);
  });

  test('a request that is refused is not lost', async () => {
    await add('lost:createProduct', 'drop:createProduct');
    assert.equal((await api.call('POST', PRODUCTS, {})).status, 400);
    const { body } = await service.rehearse('GET', '/faults');
    assert.deepEqual(
      (body as { faults: { happened: number }[] }).faults.map(({ happened }) => happened),
      [0, 0],
    );
  });

  test('slow waits', async () => {
    await add('slow:300ms:listProducts');
    await api.call('GET', PRODUCTS);
    const { body } = await service.rehearse('GET', '/journal?operation=listProducts');
    const [entry] = (body as { entries: { milliseconds: number; fault: string }[] }).entries;
    assert.equal(entry?.fault, 'slow');
    assert.ok(entry.milliseconds >= 299);
  });

  test('unauthorized: a token is refused for ever, a new one works', async () => {
    const own = new ApiCaller(service.credentials);
    const old = await own.token();
    const list = async (token: string) =>
      await fetch(`${service.credentials.url}${PRODUCTS}`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await list(old)).status, 200);
    await add('unauthorized');
    const refused = await list(old);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /invalid_token/);
    assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'unauthorized');
    assert.equal((await list(old)).status, 401);
    assert.equal((await list(await own.token())).status, 200);
  });

  test('expired-sas: the URL is rightly signed and too late; the next one works', async () => {
    await add('expired-sas');
    const submission = await api.create();
    const url = submission.downloads.items[0]?.url ?? '';
    const refused = await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: 'x' });
    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /AuthenticationFailed.*not valid in the specified time frame/s);
    assert.equal(await api.upload(await api.get(submission), cabinet), 201);
  });

  test('expired-sas leaves alone what only looks like a URL', async () => {
    await add('expired-sas:always');
    for (const productName of ['https://[?sig=1', 'https://b.example/%zz?sig=1']) {
      const body = { productName, testHarness: 'attestation', requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'] };
      const { status, body: answer } = await api.call('POST', PRODUCTS, body);
      assert.equal(
        status,
        201,
        JSON.stringify(answer, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
      );
      assert.equal((answer as { productName: string }).productName, productName);
    }
  });

  test('expired-sas for downloads', async () => {
    await add('expired-sas:always:download');
    const submission = await api.submit(cabinet);
    const done = await api.finished(submission);
    await assert.rejects(api.download(done, 'signedPackage'), /403/);
    assert.ok((await api.download(await api.get(submission), 'signedPackage')).length > 0);
  });

  test('slow-blob holds a transfer to its rate, in both directions', async () => {
    const submission = await api.create();
    const url = submission.downloads.items[0]?.url ?? '';
    await add('slow-blob:400k');
    const bytes = Buffer.alloc(200_000, 7);
    const begun = performance.now();
    await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: bytes });
    const uploaded = performance.now();
    assert.ok(uploaded - begun > 350);
    const back = Buffer.from(await (await fetch(url)).arrayBuffer());
    assert.ok(performance.now() - uploaded > 350);
    assert.deepEqual(back, bytes);
  });

  test('cut-blob: nothing of a cut upload stays, and the next one is whole', async () => {
    const submission = await api.create();
    const url = submission.downloads.items[0]?.url ?? '';
    const upload = (bytes: Uint8Array) =>
      fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: Buffer.from(bytes) });
    await add('cut-blob:1000:2');
    await assert.rejects(upload(Buffer.alloc(5_000)));
    assert.equal((await fetch(url)).status, 404);
    await assert.rejects(upload(Buffer.alloc(3_000_000)));
    assert.equal((await upload(Buffer.alloc(5_000))).status, 201);
    const cut = (await journalled('cut-blob')).map(({ status, fault, operation }) => [status, fault, operation]);
    assert.deepEqual(cut, [
      [0, 'cut-blob', 'putBlob'],
      [0, 'cut-blob', 'putBlob'],
    ]);
  });

  test('cut-blob: a download breaks off after so many bytes and can be resumed', async () => {
    const submission = await api.create();
    const url = submission.downloads.items[0]?.url ?? '';
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    await fetch(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: bytes });
    await add('cut-blob:100000');
    const parts: Uint8Array[] = [];
    const response = await fetch(url);
    await assert.rejects(async () => {
      for await (const part of response.body ?? []) parts.push(part as Uint8Array);
    });
    const begun = Buffer.concat(parts);
    assert.equal(begun.length, 100_000);
    const rest = await fetch(url, { headers: { range: `bytes=${begun.length}-` } });
    assert.equal(rest.status, 206);
    assert.deepEqual(Buffer.concat([begun, Buffer.from(await rest.arrayBuffer())]), bytes);
  });

  test('missing-downloads: only in the answer that creates', async () => {
    await add('missing-downloads');
    const submission = await api.create();
    assert.equal('downloads' in submission, false);
    assert.equal((await api.get(submission)).downloads.items[0]?.type, 'initialPackage');
  });

  test('early-completed: completed without a signed package at least once, then the result', async () => {
    const submission = await api.submit(cabinet);
    await api.finished(submission);
    await add('early-completed');
    const early = await api.get(submission);
    assert.deepEqual([early.workflowStatus.currentStep, early.workflowStatus.state], ['validation', 'completed']);
    assert.deepEqual(
      early.downloads.items.map(({ type }) => type),
      ['initialPackage'],
    );
    const late = await api.get(submission);
    assert.equal(late.workflowStatus.currentStep, 'finalizeIngestion');
    assert.ok(late.downloads.items.some(({ type }) => type === 'signedPackage'));
    assert.equal(late.id, submission.id);
  });

  test('late-metadata: the driver metadata comes after the signed package', async () => {
    const submission = await api.submit(cabinet);
    await api.finished(submission);
    const types = (shown: Submission) => shown.downloads.items.map(({ type }) => type);
    await add('late-metadata:400ms');
    const first = types(await api.get(submission));
    assert.ok(first.includes('signedPackage') && !first.includes('driverMetadata'));
    await api.until(submission, (shown) => types(shown).includes('driverMetadata'));
  });

  test('numeric-step: the place of the step, and the ids keep their digits', async () => {
    const submission = await api.submit(cabinet);
    await api.finished(submission);
    await add('numeric-step');
    const token = await api.token();
    const response = await fetch(`${service.credentials.url}${api.path(submission)}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const shown = parseJson(await response.text()) as Submission;
    assert.equal(shown.workflowStatus.currentStep, 7);
    assert.equal(shown.id, submission.id);
    assert.equal(typeof shown.id, 'bigint');
  });

  test('after, times and probability: the same seed gives the same sequence', async () => {
    const sequence = async (): Promise<number[]> => {
      await service.rehearse('DELETE', '/faults');
      await add({ fault: 'error', status: 503, times: 'always', probability: 0.5, on: { operation: 'listProducts' } });
      const statuses: number[] = [];
      for (let call = 0; call < 20; call += 1) {
        statuses.push((await api.call('GET', PRODUCTS)).status);
        // Requests that the fault is not for change nothing.
        if (call % 3 === 0) await api.call('GET', `${PRODUCTS}/1`);
      }
      return statuses;
    };
    const first = await sequence();
    assert.deepEqual(await sequence(), first);
    assert.equal(new Set(first).size, 2);
    await service.rehearse('DELETE', '/faults');
    await add({ fault: 'error', status: 503, after: 2, times: 1 });
    const statuses = [];
    for (let call = 0; call < 4; call += 1) statuses.push((await api.call('GET', PRODUCTS)).status);
    assert.deepEqual(statuses, [200, 200, 503, 200]);
  });
});
