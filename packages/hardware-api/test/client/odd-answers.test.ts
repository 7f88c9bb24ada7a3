// The client against answers of 2xx that are not what they should be: nothing is made twice because of them, and nothing is
// taken for empty that could not be read.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import {
  clientSecretCredential,
  createHardwareClient,
  type HardwareApiError,
  type SubmitState,
  submitAndWait,
} from '../../src/index.ts';
import { answer, type ReceivedRequest, startFaultyService } from './faulty-service.ts';

const retry = { attempts: 3, baseDelayMs: 1, maximumDelayMs: 20 };
const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
const PRODUCT = '1152921504621441935';
const SUBMISSION = '1152921504621441930';
const ROOT = '/v2.0/my/hardware';
const PRODUCT_JSON = `{"id":${PRODUCT},"productName":"p","testHarness":"attestation"}`;

type Handler = (request: ReceivedRequest, response: ServerResponse) => boolean;

/** A service that takes one package; `odd` answers first, where it returns true. */
async function serviceWith(t: TestContext, odd: Handler) {
  let made = 0;
  let committed = false;
  const service = await startFaultyService(t, (request, response) => {
    const { method, path } = request;
    const call = `${method} ${path
      .split('?')[0]
      ?.replace(ROOT, '')
      .replace(/\d{5,}/g, '#')}`;
    if (call === 'POST /products') made++;
    if (odd(request, response)) return;
    const downloads = `"downloads":{"items":[{"type":"initialPackage","url":"${service.url}/blob?sig=x"}]}`;
    const submission = `{"id":${SUBMISSION},"productId":${PRODUCT},"name":"p","type":"initial","commitStatus":"${committed ? 'commitComplete' : 'commitPending'}",${downloads}}`;
    if (call.endsWith('/commit')) committed = true;
    const answers: Readonly<Record<string, string>> = {
      'GET /products': `{"value":[${made > 0 ? PRODUCT_JSON : ''}],"links":[]}`,
      'POST /products': PRODUCT_JSON,
      'GET /products/#/submissions': '{"value":[]}',
      'POST /products/#/submissions': submission,
      'GET /products/#/submissions/#': submission,
    };
    answer(response, method === 'POST' || method === 'PUT' ? 201 : 200, answers[call] ?? '');
  });
  const client = createHardwareClient({ url: service.url, credential, retry });
  return { service, client, made: () => made };
}

const content = new Uint8Array([1, 2, 3]);
const request = {
  product: { productName: 'p', testHarness: 'attestation' },
  package: { content, size: content.length, sha256: '0' },
} as const;

test('a product whose creation is answered with nothing usable is found, not made again', async (t) => {
  const bodies = ['', 'null', '{}', '{"id":null}', '<html>Sign in</html>', '{"id":1.152921504621441935e18}'];
  for (const body of bodies) {
    await t.test(body || '(empty)', async (inner) => {
      const { client, made } = await serviceWith(inner, ({ method, path }, response) => {
        if (method !== 'POST' || !path.endsWith('/products')) return false;
        answer(response, 201, body);
        return true;
      });
      let kept: SubmitState | undefined;
      const checkpoint = {
        load: async () => kept,
        save: async (state: SubmitState) => {
          kept = state;
        },
      };
      const { state } = await submitAndWait(client, request, { waitFor: 'commit', settleMs: 60, checkpoint });
      assert.equal(state.product?.id, PRODUCT);
      assert.equal(made(), 1);
      assert.equal(typeof kept?.committedAt, 'string');
    });
  }
});

test('a list that cannot be read is not an empty one', async (t) => {
  for (const body of ['', '{}', '<html>', '[]']) {
    const { client, made } = await serviceWith(t, ({ method, path }, response) => {
      if (method !== 'GET' || !path.endsWith('/products')) return false;
      answer(response, 200, body);
      return true;
    });
    const state = {
      version: 1,
      request: { ...request, submissionName: 'p', package: { size: content.length, sha256: '0' } },
      product: { intendedAt: new Date().toISOString() },
    } as const;
    const checkpoint = { load: async () => state, save: async () => undefined };
    await assert.rejects(submitAndWait(client, request, { waitFor: 'commit', settleMs: 60, checkpoint }), {
      code: 'noAnswer',
    });
    assert.equal(made(), 0);
  }
});

test('a product that is not found in its first moments gets its submission all the same', async (t) => {
  let missing = 2;
  const { client } = await serviceWith(t, ({ method, path }, response) => {
    if (method !== 'POST' || !path.endsWith('/submissions') || missing-- <= 0) return false;
    answer(response, 404, '{"error":{"code":"entityNotFound","message":"?"}}');
    return true;
  });
  const { state } = await submitAndWait(client, request, { waitFor: 'commit', settleMs: 60 });
  assert.equal(state.submission?.id, SUBMISSION);
});

test('a page linked by the name of a back-end is asked for at the service itself; one that links itself ends', async (t) => {
  let next = 'https://backend.invalid/api/v1/hardware/products?continuationToken=2';
  const { client, service } = await serviceWith(t, ({ path }, response) => {
    const links = path.includes('continuationToken') ? 'null' : `[null,{"rel":"next_link","href":"${next}"}]`;
    answer(response, 200, `{"value":[{"id":1}],"links":${links}}`);
    return true;
  });
  assert.equal((await Array.fromAsync(client.listProducts())).length, 2);
  assert.equal(service.requests.at(-1)?.path, `${ROOT}/products?continuationToken=2`);
  next = '?';
  await assert.rejects(Array.fromAsync(client.listProducts()), /same page/);
});

test('a raw request gives ids as they were written', async (t) => {
  const { client } = await serviceWith(t, (_request, response) => {
    answer(response, 200, `{"id":"007","productId":${PRODUCT},"submissionId":5}`);
    return true;
  });
  assert.deepEqual(await client.request('GET', '/x'), { id: '007', productId: BigInt(PRODUCT), submissionId: 5 });
});

test('an access token is asked for again after an answer that is none; an end stops the asking', async (t) => {
  let bad = 1;
  const service = await startFaultyService(t, (_request, response) =>
    answer(response, 200, bad-- > 0 ? '<html>' : '{"access_token":"t","expires_in":3600}'),
  );
  const identity = { authority: service.url, tenantId: 'tenant', clientId: 'client', clientSecret: 'secret' };
  assert.equal((await clientSecretCredential(identity, { retry }).getToken('scope'))?.token, 't');
  bad = Number.POSITIVE_INFINITY;
  const failed = clientSecretCredential(identity, { retry }).getToken('scope');
  await assert.rejects(failed, (error: HardwareApiError) => error.isTransient && /not JSON/.test(error.message));

  const controller = new AbortController();
  const slow = { ...retry, attempts: 100, baseDelayMs: 60_000, maximumDelayMs: 60_000 };
  const client = createHardwareClient({
    url: service.url,
    credential: clientSecretCredential(identity, { retry: slow }),
    signal: controller.signal,
  });
  const asking = client.getProduct(PRODUCT);
  setTimeout(() => controller.abort(new Error('enough')), 50);
  await assert.rejects(asking, /enough/);
});

test('a download without an address is none yet, and a workflow that has not started is no commit', async (t) => {
  const body = (url: string, state: string) =>
    `{"id":${SUBMISSION},"productId":${PRODUCT},"workflowStatus":{"currentStep":null,"state":"${state}"},"downloads":{"items":[{"type":null,"url":"x"},{"type":"SignedPackage","url":${url}}]}}`;
  const bodies = [body('null', 'notStarted'), body('""', 'started'), body('"http://x.invalid/"', 'completed')];
  const { client, service } = await serviceWith(t, (_request, response) => {
    answer(response, 200, bodies[Math.min(service.requests.length, bodies.length) - 1]);
    return true;
  });
  assert.equal((await client.getSubmission(PRODUCT, SUBMISSION)).commitStatus, 'commitPending');
  const ended = await client.waitForSubmission(PRODUCT, SUBMISSION, { timeoutMs: 5000, pollIntervalMs: 5 });
  assert.equal(ended.commitStatus, 'commitComplete');
  assert.equal(service.requests.length, 3);
});
