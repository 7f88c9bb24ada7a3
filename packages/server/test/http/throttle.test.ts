// Throttling over HTTP: what counts together, what the refusal says, when it ends, and that replicas agree.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createHardwareClient, type ErrorBody, type Exchange } from '@assay/hardware-api';
import { createApp } from '../../src/http/index.ts';
import { resolveThrottle, type ThrottleLimits } from '../../src/http/throttle-presets.ts';
import { openDatabase } from '../../src/store/database.ts';
import { testOnEachLocation } from '../store/test-databases.ts';
import { ATTESTATION_PRODUCT, buildTestApp, fetchAuthorization, type TestApp, V2 } from './test-app.ts';

const V1 = '/api/v1/hardware';
const LIMITS: ThrottleLimits = { read: 3, write: 2, upload: 1 };

async function statuses(count: number, call: () => Promise<{ statusCode: number }>): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await call()).statusCode);
  return seen;
}

/** 13 seconds before the minute ends. */
function standAt47Seconds({ clock }: TestApp): void {
  clock.now = new Date('2026-03-04T05:06:47.500Z');
}

test('each method has its own count, whichever prefix and ids it is called with, and it ends with the minute', async (t) => {
  const built = await buildTestApp(t, { throttle: LIMITS });
  standAt47Seconds(built);
  assert.deepEqual(await statuses(3, () => built.call('GET', `${V2}/products`)), [200, 200, 200]);
  const refused = await built.call('GET', `${V1}/products`);
  assert.equal(refused.statusCode, 429);
  assert.equal(refused.headers['retry-after'], '13');
  assert.ok(refused.headers['ms-requestid']);
  const body = refused.json<ErrorBody>();
  assert.equal(body.error.code, 'TooManyRequests');
  assert.match(body.error.message, /^More than 3 calls of GET \/products in this minute\. Wait 13 seconds/);
  assert.deepEqual([body.statusCode, body.httpErrorCode], ['429 TooManyRequests', 429]);
  assert.equal((await built.call('GET', `${V2}/products`)).json<ErrorBody>().error.code, 'tooManyRequests');

  let id = 10_000_000_000_000_000n;
  assert.deepEqual(
    await statuses(4, () => built.call('GET', `${V2}/products/${id++}`)),
    [404, 404, 404, 429],
    'one count for all ids',
  );
  assert.deepEqual(await statuses(3, () => built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT)), [201, 201, 429]);
  const upload = async () =>
    built.app.inject({
      method: 'PUT',
      url: `${V2}/preprod/packages`,
      headers: { authorization: await built.authorize() },
      payload: Buffer.alloc(200_000),
    });
  assert.deepEqual(await statuses(2, upload), [201, 429]);

  built.clock.advance(12_499);
  assert.equal((await built.call('GET', `${V2}/products`)).headers['retry-after'], '1');
  built.clock.advance(1);
  assert.equal((await built.call('GET', `${V2}/products`)).statusCode, 200);
  assert.deepEqual(await statuses(2, upload), [201, 429]);
});

test('what is refused has no effect', async (t) => {
  const built = await buildTestApp(t, { throttle: LIMITS });
  await statuses(5, () => built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT));
  const { count } = await built.database
    .selectFrom('products')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(count, 2n);
});

test('each account has its own count; tokens, blobs and reviews have none', async (t) => {
  const built = await buildTestApp(t, { throttle: LIMITS });
  const other = await built.addTenant();
  assert.deepEqual(await statuses(4, () => built.call('GET', `${V2}/products`)), [200, 200, 200, 429]);
  assert.equal((await built.call('GET', `${V2}/products`, undefined, other)).statusCode, 200);
  const anonymous = () => built.app.inject({ url: `${V2}/products` });
  assert.deepEqual(await statuses(5, anonymous), [401, 401, 401, 401, 401]);
  assert.deepEqual(await statuses(5, () => built.call('GET', '/assay/v1/reviews')), [200, 200, 200, 200, 200]);
  assert.deepEqual(await statuses(5, () => built.app.inject({ url: '/assaystore/ingestion/x' })), Array(5).fill(403));
  const rows = await built.database.selectFrom('throttle_counters').selectAll().execute();
  assert.deepEqual(
    rows.map(({ account_id, calls }) => [account_id, calls]).sort(),
    [
      [built.tenant.accountId, 4n],
      [other.accountId, 1n],
    ].sort(),
  );
});

testOnEachLocation('two replicas on one database count together', async (t, location) => {
  const first = await buildTestApp(t, { location, throttle: LIMITS });
  const database = await openDatabase(location);
  const second = await createApp({
    database,
    issuer: first.issuer,
    blob: { blobs: {} as never, sas: { accountName: 'other', clock: first.clock.read } as never },
    clock: first.clock.read,
    throttle: { ...LIMITS, read: 20 },
  });
  t.after(async () => {
    await second.close();
    await database.destroy();
  });
  const authorization = await fetchAuthorization(first.app, first.tenant);
  const get = (app: typeof second) => () => app.inject({ url: `${V2}/products`, headers: { authorization } });
  assert.deepEqual(await statuses(2, get(first.app)), [200, 200]);
  assert.deepEqual(await statuses(1, get(second)), [200]);
  assert.deepEqual(await statuses(1, get(first.app)), [429]);
  // Calls at the same moment are counted one by one: 20 in all are let through, 4 of them were before.
  const answers = await Promise.all(Array.from({ length: 20 }, get(second)));
  assert.equal(answers.filter(({ statusCode }) => statusCode === 200).length, 16);
  assert.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 4);
});

test('without throttling nothing is counted, so that a request costs no more than without it', async (t) => {
  const built = await buildTestApp(t);
  await built.database.schema.dropTable('throttle_counters').execute();
  assert.deepEqual(await statuses(5, () => built.call('GET', `${V2}/products`)), Array(5).fill(200));
});

test('the SDK waits as long as Retry-After says, and goes on', async (t) => {
  const built = await buildTestApp(t, { throttle: LIMITS });
  built.clock.now = new Date('2026-03-04T05:06:59.200Z');
  await built.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = built.app.server.address() as AddressInfo;
  const token = (await built.authorize()).replace('Bearer ', '');
  const exchanges: Exchange[] = [];
  let refusedAt = 0;
  const client = createHardwareClient({
    url: `http://127.0.0.1:${port}`,
    credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
    onExchange(exchange) {
      exchanges.push(exchange);
      if (exchange.status !== 429) return;
      refusedAt = performance.now();
      built.clock.advance(1000);
    },
  });
  const create = () => client.createProduct({ productName: 'p', testHarness: 'attestation' });
  await create();
  await create();
  await create();
  assert.ok(performance.now() - refusedAt >= 990, 'one second was waited for');
  assert.deepEqual(
    exchanges.map(({ status }) => status),
    [201, 201, 429, 201],
  );
  await client.submitPreprodPackage(Buffer.alloc(100_000));
  await assert.rejects(
    createHardwareClient({
      url: `http://127.0.0.1:${port}`,
      credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
      retry: { attempts: 1, baseDelayMs: 1, maximumDelayMs: 1 },
    }).submitPreprodPackage(Buffer.alloc(100_000)),
    { status: 429, retryAfterMs: 60_000 },
  );
});

test('a choice that is none is refused', () => {
  assert.equal(resolveThrottle('off'), undefined);
  assert.deepEqual(resolveThrottle({ read: 1, write: 1, upload: 1 }), { read: 1, write: 1, upload: 1 });
  const { read, write, upload } = resolveThrottle('strict') ?? LIMITS;
  assert.ok(read >= write && write >= upload);
  assert.throws(() => resolveThrottle('toString' as never), /no throttling preset "toString"; use off or one of/);
  for (const limit of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => resolveThrottle({ read: 1, write: limit, upload: 1 }), /The limit for "write"/);
  }
});
