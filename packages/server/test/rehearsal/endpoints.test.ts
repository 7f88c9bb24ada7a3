// The resources under /_rehearsal/, and the journal of a whole flow.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { API_OPERATIONS, AUTHORITY_OPERATIONS } from '../../src/rehearsal/faults/operations.ts';
import { runService } from '../pipeline/running-service.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

interface Entry {
  readonly sequence: number;
  readonly method: string;
  readonly operation?: string;
  readonly path: string;
  readonly status: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly refusal?: { readonly code: string; readonly message: string };
}

describe('/_rehearsal/', () => {
  let service: RehearsedService;
  const stops: (() => unknown)[] = [];

  before(async () => {
    service = await runRehearsal(
      { after: (hook) => void stops.push(hook) },
      { seed: 5, faults: [{ fault: 'numeric-step' }] },
    );
  });
  after(async () => {
    for (const stop of stops) await stop();
  });

  async function journal(filter = ''): Promise<readonly Entry[]> {
    const { status, body } = await service.rehearse('GET', `/journal${filter}`);
    assert.equal(status, 200);
    return (body as { entries: Entry[] }).entries;
  }

  test('asks for the key', async () => {
    const { url } = service.credentials;
    const access = await service.api.token();
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${access}` }]) {
      const response = await fetch(`${url}/_rehearsal/journal`, { headers });
      assert.equal(response.status, 401);
      assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'unauthorized');
    }
    assert.equal((await fetch(`${url}/_rehearsal/reset`, { method: 'POST' })).status, 401);
  });

  test('says what is on', async () => {
    const { body } = await service.rehearse('GET', '');
    const { seed, speed, packageSignature, faults } = body as Record<string, unknown>;
    assert.deepEqual(
      { seed, speed, packageSignature, faults },
      { seed: 5, speed: 'instant', packageSignature: 'registered', faults: 1 },
    );
  });

  test('faults: listed, added all or none, removed', async () => {
    const list = async () => ((await service.rehearse('GET', '/faults')).body as { faults: { id: string }[] }).faults;
    assert.equal((await list()).length, 1);
    const bad = await service.rehearse('POST', '/faults', ['throttle', { fault: 'slow', second: 1 }]);
    assert.equal(bad.status, 400);
    assert.match(JSON.stringify(bad.body), /\[1\]: .*Did you mean seconds\?/);
    assert.equal((await list()).length, 1);
    const added = await service.rehearse('POST', '/faults', { fault: 'error', status: 500 });
    assert.equal(added.status, 201);
    const [fault] = (added.body as { faults: { id: string; remaining: number; happened: number }[] }).faults;
    assert.deepEqual([fault?.remaining, fault?.happened], [1, 0]);
    assert.equal((await service.rehearse('DELETE', `/faults/${fault?.id}`)).status, 204);
    assert.equal((await service.rehearse('DELETE', `/faults/${fault?.id}`)).status, 404);
    assert.equal((await service.rehearse('DELETE', '/faults')).status, 204);
    assert.equal((await list()).length, 0);
    assert.equal((await service.rehearse('POST', '/faults')).status, 400);
  });

  test('the journal has every call of a flow, why it was refused, and nothing secret', async () => {
    const { api, credentials } = service;
    await service.rehearse('DELETE', '/journal');
    const cabinet = await signCabinet(await makeCabinet(echoFiles()), submissionKey(credentials));
    const token = await api.token();
    const submission = await api.submit(cabinet);
    const done = await api.finished(submission);
    await api.download(done, 'signedPackage');
    await api.commit(submission);
    const foreign = 'eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL3N0cyJ9.AAAAAAAAAAAAAAAA';
    await fetch(`${credentials.url}/v2.0/my/hardware/products`, { headers: { authorization: `Bearer ${foreign}` } });
    await fetch(`${credentials.url}/nowhere?code=s3cr3t`);
    await fetch(`${credentials.url}/healthz`);

    const entries = await journal();
    const upload = entries.find(({ operation }) => operation === 'putBlob');
    assert.deepEqual([upload?.status, upload?.requestBytes], [201, cabinet.length]);
    const creation = entries.find(({ operation }) => operation === 'createProduct');
    assert.ok(creation !== undefined && creation.requestBytes > 50 && creation.responseBytes > 50);
    const downloads = await journal('?operation=getBlob&status=2xx');
    assert.ok((downloads[0]?.responseBytes ?? 0) > 1_000);
    const commits = await journal('?operation=commitSubmission');
    assert.deepEqual(
      commits.map(({ status }) => status),
      [202, 400],
    );
    assert.equal(commits[1]?.refusal?.code, 'requestInvalidForCurrentState');
    const refused = await journal('?refused=true');
    assert.deepEqual(
      refused.map(({ status }) => status),
      [400, 401, 404],
    );
    assert.ok(refused[1]?.refusal?.message);
    assert.deepEqual(await journal(`?after=${entries.at(-1)?.sequence}`), []);
    assert.equal(
      entries.some(({ path }) => path.includes('_rehearsal') || path.includes('healthz')),
      false,
    );

    const text = JSON.stringify(entries);
    const signatures = done.downloads.items.map(({ url }) => new URL(url).searchParams.get('sig') ?? '');
    const secrets = [credentials.clientSecret, token, foreign, 's3cr3t', ...signatures];
    for (const secret of secrets) {
      assert.ok(secret.length > 5);
      assert.equal(text.includes(secret) || text.includes(encodeURIComponent(secret)), false);
    }
    assert.match(text, /sig=\*\*\*/);
    assert.match(text, /code=\*\*\*/);
  });

  test('filters that mean nothing are refused', async () => {
    for (const filter of ['?operation=creatProduct', '?status=9', '?state=1', '?after=x', '?status=2xx&status=4xx']) {
      assert.equal((await service.rehearse('GET', `/journal${filter}`)).status, 400, filter);
    }
  });

  test('assertions: 200 when all hold, 409 with what was found when not', async () => {
    const holding = ['products = 1', 'submissions completed = 1', 'calls commitSubmission 202 = 1', 'refusals = 3'];
    const good = await service.rehearse('POST', '/assertions', holding);
    assert.equal(good.status, 200, JSON.stringify(good.body));
    const bad = await service.rehearse('POST', '/assertions', ['products = 1', { submissions: {}, exactly: 2 }]);
    assert.equal(bad.status, 409);
    assert.deepEqual(bad.body, {
      passed: false,
      results: [
        { assertion: { products: {}, exactly: 1 }, passed: true, found: 1 },
        { assertion: { submissions: {}, exactly: 2 }, passed: false, found: 1 },
      ],
    });
    assert.equal((await service.rehearse('POST', '/assertions', 'products')).status, 400);
  });

  test('assertions about faults', async () => {
    await service.rehearse('POST', '/faults', 'throttle');
    assert.equal((await service.rehearse('POST', '/assertions', 'faults happened')).status, 409);
    assert.equal((await service.api.call('GET', '/v2.0/my/hardware/products')).status, 429);
    const now = ['faults happened', 'faults throttle = 1', 'refusals = 3', 'calls listProducts 429 = 1'];
    assert.equal((await service.rehearse('POST', '/assertions', now)).status, 200);
  });

  test('reset leaves nothing of the run, and the client can go on', async () => {
    assert.equal((await service.rehearse('POST', '/reset')).status, 204);
    assert.deepEqual(await journal(), []);
    assert.equal((await service.rehearse('POST', '/assertions', ['products = 0', 'submissions = 0'])).status, 200);
    assert.deepEqual((await service.rehearse('GET', '/faults')).body, { faults: [] });
    assert.equal((await service.api.call('GET', '/v2.0/my/hardware/products')).status, 200);
  });

  test('seed makes products, and says what is wrong with a document', async () => {
    const bad = await service.rehearse('POST', '/seed', { product: [] });
    assert.equal(bad.status, 400);
    const product = {
      productName: 'Seeded',
      testHarness: 'attestation',
      deviceType: 'internal',
      requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
      submissions: [{ name: 'One', state: 'commitPending' }],
    };
    const good = await service.rehearse('POST', '/seed', { products: [product] });
    assert.equal(good.status, 201, JSON.stringify(good.body));
    assert.equal((await service.rehearse('POST', '/assertions', 'submissions pending = 1')).status, 200);
  });

  test('the operations that can be named are those of the API document, which has none of these resources', async () => {
    const response = await fetch(`${service.credentials.url}/openapi.json`);
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, { operationId: string }>> };
    assert.equal(
      Object.keys(paths).some((path) => path.startsWith('/_rehearsal')),
      false,
    );
    const documented = Object.values(paths).flatMap((methods) => Object.values(methods).map((one) => one.operationId));
    const leftOut = ['getHealth', 'getOpenApiDocument', 'createTimestamp'];
    assert.deepEqual([...API_OPERATIONS, ...AUTHORITY_OPERATIONS, ...leftOut].sort(), documented.sort());
  });
});

test('a service that rehearses nothing has no such resources', async (t) => {
  const { credentials } = await runService(t);
  assert.equal((await fetch(`${credentials.url}/_rehearsal/journal`)).status, 404);
});

test('a service that is stopped does not wait for the end of a slow request', async (t) => {
  const { api, rehearse, stop } = await runRehearsal(t, { faults: [{ fault: 'slow', seconds: 3_600 }] });
  const listing = api.call('GET', '/v2.0/my/hardware/products').catch(() => undefined);
  for (;;) {
    const { body } = await rehearse('GET', '/faults');
    if ((body as { faults: { happened: number }[] }).faults[0]?.happened === 1) break;
  }
  await stop();
  await listing;
});
