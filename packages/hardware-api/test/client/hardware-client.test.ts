// The client against a service that throttles, fails, loses answers and forgets tokens.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  clientSecretCredential,
  createHardwareClient,
  createTokenSource,
  type Exchange,
  HardwareApiError,
  type RetryEvent,
  SubmissionFailedError,
  WaitTimeoutError,
} from '../../src/index.ts';
import { answer, startFaultyService } from './faulty-service.ts';

const retry = { attempts: 4, baseDelayMs: 1, maximumDelayMs: 50 };
const credential = { getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }) };
const ID = '1152921504621441930';
const PRODUCT = '13635057453741329';

function submissionJson(commitStatus: string, more = ''): string {
  return `{"id":${ID},"productId":${PRODUCT},"name":"n","type":"initial","links":[],"commitStatus":"${commitStatus}"${more}}`;
}

async function clientFor(context: TestContext, handler: Parameters<typeof startFaultyService>[1]) {
  const service = await startFaultyService(context, handler);
  const exchanges: Exchange[] = [];
  const client = createHardwareClient({
    url: service.url,
    credential,
    retry,
    onExchange: (exchange) => exchanges.push(exchange),
  });
  return { service, client, exchanges };
}

test('ids in answers are exact, whatever their size', async (t) => {
  const { client, service } = await clientFor(t, (_request, response) =>
    answer(response, 200, submissionJson('commitPending')),
  );
  const submission = await client.getSubmission(PRODUCT, BigInt(ID));
  assert.equal(submission.id, BigInt(ID));
  assert.equal(submission.productId, BigInt(PRODUCT));
  assert.equal(service.requests[0]?.path, `/v2.0/my/hardware/products/${PRODUCT}/submissions/${ID}`);
});

test('a throttled creation is made again after Retry-After, a failed one is not', async (t) => {
  let status = 429;
  const { client, service } = await clientFor(t, (_request, response) => {
    answer(response, status, status === 201 ? `{"id":${PRODUCT}}` : '{"statusCode":429}', { 'retry-after': '0' });
    status = 201;
  });
  const product = await client.createProduct({ productName: 'p', testHarness: 'attestation' });
  assert.equal(product.id, BigInt(PRODUCT));
  assert.equal(service.requests.length, 2);
  status = 500;
  await assert.rejects(client.createProduct({ productName: 'p', testHarness: 'attestation' }), { status: 500 });
  assert.equal(service.requests.length, 3);
});

test('reading is tried again after 500, 503 and a cut connection', async (t) => {
  const faults = [500, 503, 0];
  const { client, service } = await clientFor(t, (_request, response) => {
    const fault = faults.shift();
    if (fault === 0) response.destroy();
    else if (fault === undefined) answer(response, 200, submissionJson('commitPending'));
    else answer(response, fault);
  });
  await client.getSubmission(PRODUCT, ID);
  assert.equal(service.requests.length, 4);
});

test('a 502 after an accepted commit is recognised by reading, and the commit is not made twice', async (t) => {
  const { client, service } = await clientFor(t, (request, response) => {
    if (request.method === 'POST') answer(response, 502);
    else answer(response, 200, submissionJson('commitReceived'));
  });
  await client.commitSubmission(PRODUCT, ID);
  assert.deepEqual(
    service.requests.map(({ method }) => method),
    ['POST', 'GET'],
  );
});

test('a commit whose answer was lost before it had an effect is made again', async (t) => {
  let lost = true;
  const { client, service } = await clientFor(t, (request, response) => {
    if (request.method === 'GET') answer(response, 200, submissionJson('commitPending'));
    else if (lost) response.destroy();
    else answer(response, 202);
    lost = false;
  });
  await client.commitSubmission(PRODUCT, ID);
  assert.deepEqual(
    service.requests.map(({ method }) => method),
    ['POST', 'GET', 'POST'],
  );
});

test('a refused commit is an error with the code, the message, the faults and the request id', async (t) => {
  const body =
    '{"error":{"code":"requestInvalidForCurrentState","message":"Only pending submissions can be committed.","validationErrors":[{"target":"a","message":"b"}],"httpErrorCode":400},"statusCode":"400 BadRequest","httpErrorCode":400}';
  const { client } = await clientFor(t, (_request, response) => answer(response, 400, body, { 'ms-requestid': 'r-1' }));
  await assert.rejects(client.commitSubmission(PRODUCT, ID), (error) => {
    assert.ok(error instanceof HardwareApiError);
    assert.equal(error.code, 'requestInvalidForCurrentState');
    assert.equal(error.message, 'Only pending submissions can be committed.');
    assert.deepEqual(error.validationErrors, [{ target: 'a', message: 'b' }]);
    assert.equal(error.requestId, 'r-1');
    return true;
  });
});

test('a token that is refused is renewed once', async (t) => {
  const service = await startFaultyService(t, (request, response) => {
    const accepted = request.headers.authorization === 'Bearer token-2';
    answer(response, accepted ? 200 : 401, accepted ? submissionJson('commitPending') : '{}');
  });
  let given = 0;
  const forgetful = {
    getToken: async () => ({ token: `token-${++given}`, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  const client = createHardwareClient({ url: service.url, credential: forgetful, retry });
  await client.getSubmission(PRODUCT, ID);
  assert.equal(given, 2);
});

test('a token is kept until five minutes before it expires, and fetched once for callers at the same moment', async () => {
  let given = 0;
  let lifetime = 3_600_000;
  const source = createTokenSource({
    getToken: async () => ({ token: `t${++given}`, expiresOnTimestamp: Date.now() + lifetime }),
  });
  assert.deepEqual(await Promise.all([source.get(), source.get(), source.get()]), ['t1', 't1', 't1']);
  lifetime = 299_000;
  assert.equal(await source.get('t1'), 't2');
  assert.equal(await source.get(), 't3');
});

test('client credentials go to the v2.0 token endpoint as a form; refusal carries the OAuth error', async (t) => {
  const service = await startFaultyService(t, (request, response) => {
    const secret = new URLSearchParams(request.body.toString()).get('client_secret');
    if (secret === 's&=%') answer(response, 200, '{"token_type":"Bearer","expires_in":"3600","access_token":"abc"}');
    else
      answer(response, 401, '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}');
  });
  const options = { authority: `${service.url}/`, tenantId: 'tenant', clientId: 'client' };
  const { token } = (await clientSecretCredential({ ...options, clientSecret: 's&=%' }).getToken('scope')) ?? {};
  assert.equal(token, 'abc');
  assert.equal(service.requests[0]?.path, '/tenant/oauth2/v2.0/token');
  await assert.rejects(clientSecretCredential({ ...options, clientSecret: 'no' }, { retry }).getToken('scope'), {
    code: 'invalid_client',
    status: 401,
    message: /AADSTS7000215/,
  });
});

test('waiting ends with the signed package, and each step is reported once', async (t) => {
  const status = (step: string, state: string) =>
    `,"workflowStatus":{"currentStep":"${step}","state":"${state}","messages":[]}`;
  const signed = ',"downloads":{"items":[{"type":"SignedPackage","url":"http://x/y"}],"messages":[]}';
  const answers = [
    submissionJson('commitReceived'),
    submissionJson('commitComplete', status('scanning', 'started')),
    submissionJson('commitComplete', status('scanning', 'completed')),
    submissionJson('commitComplete', status('scanning', 'completed')),
    submissionJson('commitComplete', status('finalizeIngestion', 'completed') + signed),
  ];
  const { client } = await clientFor(t, (_request, response) => answer(response, 200, answers.shift()));
  const steps: (string | undefined)[] = [];
  const submission = await client.waitForSubmission(PRODUCT, ID, {
    timeoutMs: 5000,
    pollIntervalMs: 1,
    onProgress: ({ workflowStatus }) => steps.push(workflowStatus?.currentStep),
  });
  assert.equal(submission.downloads?.items.length, 1);
  assert.deepEqual(steps, [undefined, 'scanning', 'scanning', 'finalizeIngestion']);
});

test('waiting ends with an error when the workflow fails, and when the time is over', async (t) => {
  const failed = ',"workflowStatus":{"currentStep":"validation","state":"Failed","messages":["No .inf files found."]}';
  let json = submissionJson('commitFailed', failed);
  const { client } = await clientFor(t, (_request, response) => answer(response, 200, json));
  await assert.rejects(client.waitForSubmission(PRODUCT, ID, { timeoutMs: 5000, pollIntervalMs: 1 }), (error) => {
    assert.ok(error instanceof SubmissionFailedError);
    assert.deepEqual(error.messages, ['No .inf files found.']);
    return true;
  });
  json = submissionJson('commitReceived');
  await assert.rejects(client.waitForSubmission(PRODUCT, ID, { timeoutMs: 20, pollIntervalMs: 5 }), WaitTimeoutError);
});

test('lists are read page after page, and the token goes to no other host', async (t) => {
  const { client, service } = await clientFor(t, (request, response) => {
    const next =
      '"links":[{"rel":"next_link","href":"http://elsewhere.invalid/v2.0/my/hardware/products?continuationToken=2","method":"GET"}]';
    const last = request.path.includes('continuationToken=2');
    answer(response, 200, last ? '{"value":[{"id":3}],"links":[]}' : `{"value":[{"id":1},{"id":2}],${next}}`);
  });
  const ids: bigint[] = [];
  for await (const product of client.listProducts(2)) ids.push(product.id);
  assert.deepEqual(ids, [1n, 2n, 3n]);
  assert.equal(service.requests.length, 2);
});

test('what is reported about a request shows no SAS signature', async (t) => {
  const { client, exchanges, service } = await clientFor(t, (_request, response) => answer(response, 201));
  const url = `${service.url}/account/container/blob?sv=1&sig=secret%3D&se=2`;
  const submission = {
    ...JSON.parse(submissionJson('commitPending')),
    downloads: { items: [{ type: 'initialPackage', url }] },
  };
  await client.uploadPackage(submission, new Uint8Array(3));
  assert.equal(exchanges.length, 1);
  assert.match(exchanges[0]?.url ?? '', /sig=\*\*\*&se=2$/);
});

test('updates, metadata and partner submissions go where the service has them', async (t) => {
  const { client, service } = await clientFor(t, ({ method }, response) =>
    method === 'GET' ? answer(response, 200, submissionJson('commitComplete')) : answer(response, 204),
  );
  await client.updateProduct(PRODUCT, { productName: 'Echo Two' });
  await client.updateSubmission(BigInt(PRODUCT), ID, { name: 'second' });
  await client.createPublisherMetadata(PRODUCT, ID);
  const submission = await client.getPartnerSubmission({ publisherId: 7n, productId: PRODUCT, submissionId: ID });
  assert.equal(submission.id, BigInt(ID));
  const submissions = `/v2.0/my/hardware/products/${PRODUCT}/submissions/${ID}`;
  assert.deepEqual(
    service.requests.map(({ method, path, body }) => [method, path, body.toString()]),
    [
      ['PATCH', `/v2.0/my/hardware/products/${PRODUCT}`, '{"productName":"Echo Two"}'],
      ['PATCH', submissions, '{"name":"second"}'],
      ['POST', `${submissions}/createpublishermetadata`, '{}'],
      [
        'GET',
        `/v2.0/my/hardware/products/relationships/sourcepubliherid/7/sourceproductid/${PRODUCT}/sourcesubmissionid/${ID}`,
        '',
      ],
    ],
  );
});

test('a wait is told with its reason, and lasts as long as the service asks, counted by its own clock', async (t) => {
  const now = Date.parse('2001-02-03T04:05:06Z');
  const waits = [
    { 'retry-after': '0' },
    { date: new Date(now).toUTCString(), 'retry-after': new Date(now + 1000).toUTCString() },
    { 'retry-after': '3600' },
  ];
  const service = await startFaultyService(t, (_request, response) => {
    const headers = waits.shift();
    if (headers === undefined) answer(response, 200, submissionJson('commitPending'));
    else answer(response, 503, '{"error":{"code":"busy","message":"Later."}}', headers);
  });
  const events: RetryEvent[] = [];
  const policy = { ...retry, maximumDelayMs: 1100 };
  const client = createHardwareClient({
    url: service.url,
    credential,
    retry: policy,
    onRetry: (event) => events.push(event),
  });
  await client.getSubmission(PRODUCT, ID);
  const what = `GET /v2.0/my/hardware/products/${PRODUCT}/submissions/${ID}`;
  assert.deepEqual(
    events.map((event) => [event.what, event.attempt, event.delayMs, event.error.code]),
    [
      [what, 1, 0, 'busy'],
      [what, 2, 1000, 'busy'],
      [what, 3, 1100, 'busy'],
    ],
  );
});
