import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorBody, Submission, SubmissionList } from '@assay/hardware-api';
import {
  ATTESTATION_PRODUCT,
  bodyOf,
  buildTestApp,
  createInitialSubmission,
  idOf,
  type TestApp,
  V2,
} from './test-app.ts';

const V1 = '/v1.0/my/hardware';
const HLK_PRODUCT = { ...ATTESTATION_PRODUCT, testHarness: 'hlk' };

function uploadUrl(submission: Submission): string {
  const [item] = submission.downloads?.items ?? [];
  assert.equal(item?.type, 'initialPackage');
  return item?.url ?? '';
}

const permissionOf = (url: string): string | null => new URL(url).searchParams.get('sp');

function put({ app }: TestApp, url: string, payload: string) {
  const { pathname, search } = new URL(url);
  const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/octet-stream' };
  return app.inject({ method: 'PUT', url: pathname + search, headers, payload });
}

test('a new submission is pending and says where to upload', async (t) => {
  const built = await buildTestApp(t);
  const product = await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  const path = `${V2}/products/${idOf(product)}/submissions`;
  const response = await built.call('POST', path, { Name: 'first', Type: 'Initial' });
  assert.equal(response.statusCode, 201, response.body);
  const submission = bodyOf<Submission>(response);
  const self = `http://localhost${path}/${submission.id}`;
  assert.deepEqual(submission.links, [
    { href: self, rel: 'self', method: 'GET' },
    { href: self, rel: 'update_submission', method: 'PATCH' },
    { href: `${self}/commit`, rel: 'commit_submission', method: 'POST' },
  ]);
  assert.equal(submission.name, 'first');
  assert.equal(submission.type, 'initial');
  assert.equal(submission.commitStatus, 'commitPending');
  assert.deepEqual(submission.workflowStatus, {
    currentStep: 'packageInfoValidation',
    state: 'notStarted',
    messages: [],
  });
  assert.deepEqual(submission.downloads?.messages, []);
  assert.equal(submission.downloads?.items.length, 1);
  assert.equal(permissionOf(uploadUrl(submission)), 'rwl');
  assert.match(new URL(uploadUrl(submission)).pathname, /^\/assaystore\/ingestion\/[0-9a-f-]{36}$/);
  assert.ok(response.body.includes(`"id":${idOf(response)},"productId":${idOf(product)},`), response.body);
  assert.equal(response.body.includes('null'), false);
});

test('upload, commit and read again, on the current version', async (t) => {
  const built = await buildTestApp(t);
  const { path, submissionId } = await createInitialSubmission(built);
  const pending = bodyOf<Submission>(await built.call('GET', path));
  assert.equal((await put(built, uploadUrl(pending), 'package bytes')).statusCode, 201);

  const commit = await built.call('POST', `${path}/commit`);
  assert.deepEqual([commit.statusCode, commit.body], [202, '']);

  const committed = bodyOf<Submission>(await built.call('GET', path));
  assert.equal(committed.commitStatus, 'commitReceived');
  assert.deepEqual(committed.workflowStatus, {
    currentStep: 'packageInfoValidation',
    state: 'started',
    messages: [],
  });
  assert.equal(permissionOf(uploadUrl(committed)), 'rl');
  assert.equal(
    committed.links.some(({ rel }) => rel === 'commit_submission'),
    false,
  );
  assert.equal((await put(built, uploadUrl(committed), 'other bytes')).statusCode, 403, 'the read URL cannot write');

  const { pathname, search } = new URL(uploadUrl(committed));
  const read = await built.app.inject(pathname + search);
  assert.deepEqual([read.statusCode, read.body], [200, 'package bytes']);

  const row = await built.database.selectFrom('submissions').selectAll().executeTakeFirstOrThrow();
  const blob = await built.database.selectFrom('blobs').selectAll().executeTakeFirstOrThrow();
  assert.equal(row.package_content, blob.content);
  const workflow = await built.database.selectFrom('workflows').selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([workflow.kind, String(workflow.subject_id)], ['ingestion', submissionId]);
});

test('version 1.0 answers a commit with a body and calls the end commitCompleted', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built, V1);
  const commit = await built.call('POST', `${path}/commit`, {});
  assert.deepEqual([commit.statusCode, commit.body], [202, '{"commitStatus":"commitStarted"}']);
  await built.database.updateTable('submissions').set({ commit_status: 'commitComplete' }).execute();
  assert.equal(bodyOf<Submission>(await built.call('GET', path)).commitStatus, 'commitCompleted');
  assert.equal(bodyOf<Submission>(await built.call('GET', path.replace(V1, V2))).commitStatus, 'commitComplete');
});

test('a second commit is refused in the words that clients compare', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  await built.call('POST', `${path}/commit`);
  for (const [prefix, code] of [
    [V2, 'requestInvalidForCurrentState'],
    [V1, 'RequestInvalidForCurrentState'],
  ] as const) {
    const response = await built.call('POST', `${path.replace(V2, prefix)}/commit`);
    assert.equal(response.statusCode, 400);
    assert.deepEqual(response.json<ErrorBody>(), {
      error: {
        code,
        message: 'Only pending submissions can be committed.',
        validationErrors: [],
        httpErrorCode: 400,
      },
      statusCode: '400 BadRequest',
      message: 'Only pending submissions can be committed.',
      httpErrorCode: 400,
    });
  }
});

test('of commits sent at once one is accepted and the others are refused', async (t) => {
  const built = await buildTestApp(t);
  const { path } = await createInitialSubmission(built);
  const responses = await Promise.all(Array.from({ length: 5 }, () => built.call('POST', `${path}/commit`)));
  assert.deepEqual(responses.map(({ statusCode }) => statusCode).sort(), [202, 400, 400, 400, 400]);
  assert.equal((await built.database.selectFrom('workflows').selectAll().execute()).length, 1);
});

test('of initial submissions sent at once one is made and the others are refused', async (t) => {
  const built = await buildTestApp(t);
  const product = await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  const path = `${V2}/products/${idOf(product)}/submissions`;
  const responses = await Promise.all(
    Array.from({ length: 5 }, (_, index) => built.call('POST', path, { name: `s${index}`, type: 'initial' })),
  );
  assert.deepEqual(responses.map(({ statusCode }) => statusCode).sort(), [201, 400, 400, 400, 400]);
  for (const response of responses.filter(({ statusCode }) => statusCode === 400)) {
    const { error } = response.json<ErrorBody>();
    assert.deepEqual(
      [error.code, error.message],
      ['requestInvalidForCurrentState', 'Initial submission already exists'],
    );
  }
});

test('a derived submission needs an initial one and is offered its shell', async (t) => {
  const built = await buildTestApp(t);
  const product = await built.call('POST', `${V2}/products`, HLK_PRODUCT);
  const path = `${V2}/products/${idOf(product)}/submissions`;
  const early = await built.call('POST', path, { name: 'd', type: 'derived' });
  assert.equal(early.statusCode, 400);
  assert.equal(
    early.json<ErrorBody>().error.message,
    'Cannot create derived submission since no initial submission created',
  );
  const initial = await built.call('POST', path, { name: 'i', type: 'initial' });
  for (const state of [null, 'started', 'failed'] as const) {
    const progress = { current_step: 'validation', step_state: state };
    await built.database.updateTable('submissions').set(progress).execute();
    const tooEarly = await built.call('POST', path, { name: 'd', type: 'derived' });
    assert.deepEqual(
      [tooEarly.statusCode, tooEarly.json<ErrorBody>().error.code, tooEarly.json<ErrorBody>().error.message],
      [
        400,
        'requestInvalidForCurrentState',
        'Cannot create derived submission since the initial submission has not completed',
      ],
    );
  }
  const completed = { current_step: 'finalizeIngestion', step_state: 'completed' } as const;
  await built.database.updateTable('submissions').set(completed).execute();
  const shell = {
    submission_id: BigInt(idOf(initial)),
    type: 'derivedPackage',
    position: 1n,
    container: 'artifacts',
    blob: 'shell-blob',
    file_name: `Shell_${idOf(initial)}.hlkx`,
  };
  await built.database.insertInto('downloads').values(shell).execute();
  const derived = await built.call('POST', path, { name: 'd', type: 'derived' });
  assert.equal(derived.statusCode, 201, derived.body);
  const items = bodyOf<Submission>(derived).downloads?.items ?? [];
  assert.deepEqual(
    items.map(({ type, url }) => [type, permissionOf(url)]),
    [
      ['initialPackage', 'rwl'],
      ['derivedPackage', 'rl'],
    ],
  );
});

test('attestation, test-signed and extension products take no derived submission', async (t) => {
  const built = await buildTestApp(t);
  const refuse = async (productId: string): Promise<void> => {
    const path = `${V2}/products/${productId}/submissions`;
    const response = await built.call('POST', path, { name: 'd', type: 'derived' });
    assert.equal(response.statusCode, 400);
    const { error } = response.json<ErrorBody>();
    assert.deepEqual([error.code, error.validationErrors[0]?.target], ['invalidInput', 'type']);
  };
  await refuse((await createInitialSubmission(built)).productId);
  await refuse((await createInitialSubmission(built, V2, { ...HLK_PRODUCT, isTestSign: true })).productId);
  const { productId } = await createInitialSubmission(built, V2, HLK_PRODUCT);
  await built.database.updateTable('products').set({ is_extension_inf: 1n }).execute();
  await refuse(productId);
});

test('downloads come in order with names that every client can save, and lists leave them out', async (t) => {
  const built = await buildTestApp(t);
  const { path, productId, submissionId } = await createInitialSubmission(built);
  const row = (type: string, position: bigint) => ({
    submission_id: BigInt(submissionId),
    type,
    position,
    container: 'artifacts',
    blob: `blob-of-${type}`,
    file_name: `Signed_${submissionId}.zip`,
  });
  const rows = [row('driverMetadata', 2n), row('signedPackage', 1n)];
  await built.database.insertInto('downloads').values(rows).execute();
  await built.database
    .updateTable('submissions')
    .set({
      commit_status: 'commitComplete',
      current_step: 'finalizeIngestion',
      step_state: 'completed',
      messages: '["done"]',
      is_universal: 1n,
      is_extension_inf: 0n,
      is_declarative_inf: 1n,
    })
    .execute();
  const submission = bodyOf<Submission>(await built.call('GET', path));
  const items = submission.downloads?.items ?? [];
  assert.deepEqual(
    items.map(({ type }) => type),
    ['initialPackage', 'signedPackage', 'driverMetadata'],
  );
  const disposition = new URL(items[1]?.url ?? '').searchParams.get('rscd');
  assert.equal(disposition, `attachment; filename=Signed_${submissionId}.zip`);
  assert.deepEqual(submission.workflowStatus, {
    currentStep: 'finalizeIngestion',
    state: 'completed',
    messages: ['done'],
  });
  assert.deepEqual(
    [submission.isUniversal, submission.isExtensionInf, submission.isDeclarativeInf],
    [true, false, true],
  );

  const list = bodyOf<SubmissionList>(await built.call('GET', `${V2}/products/${productId}/submissions`));
  assert.equal(list.value.length, 1);
  assert.equal(list.value[0]?.downloads, undefined);
  assert.equal(String(list.value[0]?.id), submissionId);
  assert.equal(list.value[0]?.workflowStatus?.state, 'completed');
});

test('name and type are required', async (t) => {
  const built = await buildTestApp(t);
  const product = await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  const path = `${V2}/products/${idOf(product)}/submissions`;
  for (const body of [undefined, {}, { name: '', type: 'sideways' }]) {
    const response = await built.call('POST', path, body);
    assert.equal(response.statusCode, 400);
    const targets = response.json<ErrorBody>().error.validationErrors.map(({ target }) => target);
    assert.deepEqual(targets, ['name', 'type']);
  }
});

test("submissions and products that do not exist answer in the service's words", async (t) => {
  const built = await buildTestApp(t);
  const { productId, path, submissionId } = await createInitialSubmission(built);
  const other = await built.call('POST', `${V2}/products`, ATTESTATION_PRODUCT);
  const cases: readonly [method: 'GET' | 'POST', path: string, message: string][] = [
    ['GET', `${V2}/products/1/submissions`, 'Product not found'],
    ['POST', `${V2}/products/1/submissions`, 'Product not found'],
    ['GET', `${V2}/products/${productId}/submissions/1`, 'No submission found'],
    ['GET', `${V2}/products/${idOf(other)}/submissions/${submissionId}`, 'No submission found'],
    ['POST', `${V2}/products/${productId}/submissions/1/commit`, 'No submission found'],
    ['POST', `${V2}/products/${productId}/submissions/x/commit`, 'No submission found'],
    ['POST', `${V2}/products/${idOf(other)}/submissions/${submissionId}/commit`, 'No submission found'],
  ];
  for (const [method, url, message] of cases) {
    const response = await built.call(method, url, method === 'POST' ? { name: 'n', type: 'initial' } : undefined);
    assert.equal(response.statusCode, 404, url);
    const { error } = response.json<ErrorBody>();
    assert.deepEqual([error.code, error.message], ['entityNotFound', message]);
  }
  assert.equal(bodyOf<Submission>(await built.call('GET', path)).commitStatus, 'commitPending');
});
