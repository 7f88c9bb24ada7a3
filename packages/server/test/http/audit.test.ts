import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendAudit } from '../../src/store/audit.ts';
import { bodyOf, buildTestApp, idOf, type TestApp, V2 } from './test-app.ts';

const PATH = '/assay/v1/audit';

interface AuditPage {
  readonly value: readonly {
    readonly sequence: number;
    readonly dateTime: string;
    readonly actor: string;
    readonly action: string;
    readonly entity: string;
    readonly correlationId?: string;
    readonly details: Readonly<Record<string, unknown>>;
    readonly hash: string;
  }[];
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

async function makeProduct(built: TestApp, correlationId: string, tenant = built.tenant): Promise<string> {
  const response = await built.app.inject({
    method: 'POST',
    url: `${V2}/products`,
    headers: { authorization: await built.authorize(tenant), 'MS-CorrelationId': correlationId },
    payload: { productName: 'Echo', testHarness: 'attestation' },
  });
  assert.equal(response.statusCode, 201, response.body);
  return idOf(response);
}

async function read(built: TestApp, path: string, tenant = built.tenant): Promise<AuditPage> {
  const response = await built.call('GET', path, undefined, tenant);
  assert.equal(response.statusCode, 200, response.body);
  return bodyOf<AuditPage>(response);
}

test('an account sees its own changes, by entity and by correlation id, and nobody else does', async (t) => {
  const built = await buildTestApp(t);
  const other = await built.addTenant();
  const first = await makeProduct(built, 'build-1');
  const second = await makeProduct(built, 'build-2');
  await makeProduct(built, 'build-1', other);

  const all = await read(built, PATH);
  assert.deepEqual(
    all.value.map(({ entity, actor, action, correlationId }) => ({ entity, actor, action, correlationId })),
    [
      { entity: `products/${first}`, actor: built.tenant.clientId, action: 'product.create', correlationId: 'build-1' },
      {
        entity: `products/${second}`,
        actor: built.tenant.clientId,
        action: 'product.create',
        correlationId: 'build-2',
      },
    ],
  );
  assert.equal(all.value[0]?.details.productName, 'Echo');
  assert.match(all.value[0]?.hash ?? '', /^[0-9a-f]{64}$/);

  const byCorrelation = await read(built, `${PATH}?correlationId=build-1`);
  assert.deepEqual(
    byCorrelation.value.map(({ entity }) => entity),
    [`products/${first}`],
  );
  const byEntity = await read(built, `${PATH}?entity=products/${second}`);
  assert.deepEqual(
    byEntity.value.map(({ entity }) => entity),
    [`products/${second}`],
  );
  const foreign = await read(built, `${PATH}?entity=products/${first}`, other);
  const unknown = await read(built, `${PATH}?entity=products/1`, other);
  assert.deepEqual([foreign.value, unknown.value], [[], []]);
});

test('pages follow one another, and a token fits no other list', async (t) => {
  const built = await buildTestApp(t);
  const made: string[] = [];
  for (let product = 0; product < 5; product++) made.push(`products/${await makeProduct(built, 'build-1')}`);
  const seen: string[] = [];
  let next: string | undefined = `${PATH}?pageSize=2`;
  for (let pages = 0; next !== undefined; pages++) {
    assert.ok(pages < 5, 'the pages end');
    const page: AuditPage = await read(built, next);
    seen.push(...page.value.map(({ entity }) => entity));
    const link = page.links.find(({ rel }) => rel === 'next_link');
    next = link === undefined ? undefined : link.href.replace('http://localhost', '');
  }
  assert.deepEqual(seen, made);
  const page = await read(built, `${PATH}?pageSize=1`);
  const link = page.links.find(({ rel }) => rel === 'next_link')?.href.replace('http://localhost', '') ?? '';
  assert.equal((await built.call('GET', `${link}&entity=products/1`)).statusCode, 400);
  const other = await built.addTenant();
  assert.equal((await built.call('GET', link, undefined, other)).statusCode, 400);
});

test('the filter stands in the links', async (t) => {
  const built = await buildTestApp(t);
  for (let product = 0; product < 3; product++) await makeProduct(built, 'build-7');
  await makeProduct(built, 'build-8');
  const first = await read(built, `${PATH}?pageSize=2&correlationId=build-7`);
  const link = first.links.find(({ rel }) => rel === 'next_link')?.href ?? '';
  assert.match(link, /&correlationId=build-7$/);
  const second = await read(built, link.replace('http://localhost', ''));
  assert.equal(second.value.length, 1);
  assert.equal(
    second.links.some(({ rel }) => rel === 'next_link'),
    false,
  );
});

test('integers of 64 bits in the details stay what they are', async (t) => {
  const built = await buildTestApp(t);
  const { accountId } = built.tenant;
  const details = { id: 1_152_921_504_621_441_930n };
  await built.database.transaction().execute(async (transaction) => {
    const change = { accountId, action: 'test', entity: 'x', details };
    await appendAudit(transaction, { actor: 'test' }, change, built.clock.read);
  });
  const response = await built.call('GET', PATH);
  assert.ok(response.body.includes('"details":{"id":1152921504621441930}'), response.body);
});

test('only a manager may read it', async (t) => {
  const built = await buildTestApp(t);
  const submitter = await built.addTenant(['Driver Submitter']);
  assert.equal((await built.call('GET', PATH, undefined, submitter)).statusCode, 403);
  assert.equal((await built.app.inject(PATH)).statusCode, 401);
});
