// Seeding: products and submissions that look as if they had been submitted, because as far as possible they were.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Submission } from '../pipeline/api-caller.ts';
import { unzip } from '../pipeline/signed-package.ts';
import { echoFiles, makeCabinet, signCabinet, submissionKey } from '../pipeline/submitted-cabinet.ts';
import { type RehearsedService, runRehearsal } from './rehearsed-service.ts';

const PRODUCT = {
  productName: 'Seeded',
  testHarness: 'attestation',
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL', 'WINDOWS_v100_ARM64_GE_FULL'],
};

interface Result {
  readonly products: readonly {
    readonly id: string;
    readonly submissions: readonly { readonly id: string; readonly state: string }[];
  }[];
}

describe('a seed', () => {
  const cleanups: (() => unknown)[] = [];
  let service: RehearsedService;
  before(async () => {
    // What is seeded as completed passes all this by.
    const faults = [{ fault: 'fail', step: 'scanning', times: 'always' }] as const;
    service = await runRehearsal({ after: (hook) => cleanups.push(hook) }, { speed: 'realistic', faults });
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });

  async function seed(products: readonly object[]): Promise<Result> {
    const { status, body } = await service.rehearse('POST', '/seed', { products });
    assert.ok(status === 200 || status === 201, JSON.stringify(body));
    return body as Result;
  }

  async function seeded(submission: object): Promise<Submission> {
    const { products } = await seed([{ ...PRODUCT, submissions: [{ name: 'first', ...submission }] }]);
    const [product] = products;
    const [made] = product?.submissions ?? [];
    assert.ok(product && made);
    assert.equal(made.state, (submission as { state: string }).state);
    return await service.api.get({ productId: BigInt(product.id), id: BigInt(made.id) } as Submission);
  }

  test('of a product alone', async () => {
    const { products } = await seed([PRODUCT, { ...PRODUCT, productName: 'Second' }]);
    const answers = await Promise.all(
      products.map(({ id }) => service.api.call('GET', `/v2.0/my/hardware/products/${id}`)),
    );
    const bodies = answers.map(({ body }) => body as { productName: string; isCommitted: boolean; id: bigint });
    assert.deepEqual(
      bodies.map(({ productName, isCommitted }) => [productName, isCommitted]),
      [
        ['Seeded', false],
        ['Second', false],
      ],
    );
  });

  test('of a completed submission has gone through every step, at once and without faults', async () => {
    const completed = await seeded({ state: 'completed' });
    assert.equal(completed.commitStatus, 'commitComplete');
    assert.equal(completed.workflowStatus.currentStep, 'finalizeIngestion');
    assert.equal(completed.workflowStatus.state, 'completed');
    const files = unzip(await service.api.download(completed, 'signedPackage'));
    assert.deepEqual([...files.keys()].sort(), ['drivers/seed/seed.cat', 'drivers/seed/seed.inf']);
    const metadata = new TextDecoder().decode(await service.api.download(completed, 'driverMetadata'));
    assert.match(metadata, /WINDOWS_v100_ARM64_GE_FULL/);
  });

  test('of a completed submission with a package of its own', async () => {
    const bytes = await signCabinet(await makeCabinet(echoFiles()), submissionKey(service.credentials));
    const { products } = await seed([
      {
        ...PRODUCT,
        requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
        submissions: [{ state: 'completed', packageBase64: Buffer.from(bytes).toString('base64') }],
      },
    ]);
    const id = BigInt(products[0]?.submissions[0]?.id ?? 0);
    const made = await service.api.get({ productId: BigInt(products[0]?.id ?? 0), id } as Submission);
    const files = unzip(await service.api.download(made, 'signedPackage'));
    assert.ok(files.has('drivers/echo/echo.sys'));
  });

  test('of a failed submission shows the step, the messages and a report', async () => {
    const failed = await seeded({ state: 'failed', step: 'validation', messages: ['No.'] });
    assert.equal(failed.commitStatus, 'commitComplete');
    const { errorReport = '', ...status } = failed.workflowStatus;
    assert.deepEqual(status, { currentStep: 'validation', state: 'failed', messages: ['No.'] });
    assert.equal(((await (await fetch(errorReport)).json()) as { step: string }).step, 'validation');
    const atOnce = await seeded({ state: 'failed' });
    assert.equal(atOnce.commitStatus, 'commitFailed');
    assert.deepEqual(atOnce.workflowStatus.messages, ['SignatureValidationFailed']);
  });

  test('of a pending submission can be gone on with', async () => {
    const pending = await seeded({ state: 'commitPending' });
    assert.equal(pending.commitStatus, 'commitPending');
    assert.equal(await service.api.upload(pending, Buffer.from('MZ no package')), 201);
    assert.equal(await service.api.commit(pending), 202);
  });

  test('of a committed submission goes at the pace of the rehearsal', async () => {
    const committed = await seeded({ state: 'committed' });
    assert.equal(committed.workflowStatus.currentStep, 'packageInfoValidation');
    assert.equal(committed.workflowStatus.state, 'started');
  });

  for (const [what, document, expected] of [
    ['is not one', [], /the document: write an object/],
    [
      'has a product with a fault',
      { products: [PRODUCT, { ...PRODUCT, testHarness: 'x' }] },
      /products\[1\]\.testHarness/,
    ],
    [
      'has a submission in no state',
      { products: [{ ...PRODUCT, submissions: [{ state: 'done' }] }] },
      /products\[0\]\.submissions\[0\]\.state: write commitPending, committed/,
    ],
    [
      'has a step for what did not fail',
      { products: [{ ...PRODUCT, submissions: [{ state: 'completed', step: 'signing' }] }] },
      /state failed alone/,
    ],
    ['has two submissions', { products: [{ ...PRODUCT, submissions: [{}, {}] }] }, /write one/],
    ['has a name that is not known', { products: [], accounts: [] }, /accounts is not known/],
    ['is for nobody', { tenantId: 'nobody', products: [] }, /no account has nobody/],
  ] as const) {
    test(`that ${what} makes nothing`, async () => {
      const count = async (): Promise<number> =>
        ((await service.api.call('GET', '/v2.0/my/hardware/products')).body as { value: unknown[] }).value.length;
      const before = await count();
      const { status, body } = await service.rehearse('POST', '/seed', document);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(JSON.stringify(body), expected);
      assert.equal(await count(), before);
    });
  }
});
