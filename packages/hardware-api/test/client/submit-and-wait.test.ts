// The whole way of a package against the real service, with requests and answers that get lost and processes that die: whatever
// happens, there is one product with one submission in the end.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  HardwareApiError,
  type HardwareClient,
  SubmissionMismatchError,
  type SubmitCheckpoint,
  type SubmitRequest,
  type SubmitState,
  submitAndWait,
} from '../../src/index.ts';
import { type ProxiedService, startProxiedService } from './faulty-proxy.ts';

const retry = { attempts: 4, baseDelayMs: 1, maximumDelayMs: 20 };
const content = new TextEncoder().encode('no package, but nobody looks before the commit is accepted');
const sha256 = createHash('sha256').update(content).digest('hex');

function requestFor(name: string): SubmitRequest {
  return {
    product: { productName: name, testHarness: 'attestation', requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'] },
    package: { content, size: content.length, sha256 },
  };
}

/** A checkpoint as a file is one: what is loaded is a copy of what was saved. */
function keptCheckpoint(): SubmitCheckpoint & { kept: string | undefined; saves: number } {
  const checkpoint = {
    kept: undefined as string | undefined,
    saves: 0,
    load: async () => (checkpoint.kept === undefined ? undefined : (JSON.parse(checkpoint.kept) as SubmitState)),
    save: async (state: SubmitState) => {
      checkpoint.saves++;
      checkpoint.kept = JSON.stringify(state);
    },
  };
  return checkpoint;
}

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** Ways to lose an answer; each is done to the first request that matches. */
const LOSSES: Readonly<Record<string, (send: () => Promise<Response>) => Promise<Response>>> = {
  'never arrives': async () => {
    throw new TypeError('fetch failed');
  },
  'takes effect and is answered by nobody': async (send) => {
    await send();
    throw new TypeError('fetch failed');
  },
  'takes effect and is answered 502': async (send) => {
    await send();
    return new Response('', { status: 502 });
  },
  'takes effect and its answer breaks off': async (send) => {
    const { status, headers } = await send();
    const body = new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) });
    return new Response(body, { status: status === 202 ? 200 : status, headers });
  },
  'is answered 500': async () => new Response('{"statusCode":500}', { status: 500 }),
};

const STEPS = {
  product: /^POST .*\/products$/,
  submission: /^POST .*\/submissions$/,
  commit: /^POST .*\/commit$/,
} as const;

describe('submitAndWait', { concurrency: false }, () => {
  let service: ProxiedService;
  let direct: HardwareClient;
  let count = 0;
  let name = '';

  before(async () => {
    service = await startProxiedService();
    direct = service.client({ retry });
  });
  after(async () => {
    await service?.close();
  });
  beforeEach(() => {
    name = `Product ${++count}`;
  });

  /** A client whose API requests go through `around`. */
  const clientWith = (around: (what: string, send: () => Promise<Response>) => Promise<Response>): HardwareClient => {
    const send: Send = (url, init) =>
      around(`${init.method ?? 'GET'} ${new URL(url).pathname}`, () => service.fetch(url, init));
    return service.client({ retry, fetch: send });
  };

  async function requireOne(productName: string): Promise<{ productId: bigint; submissionId: bigint }> {
    const products: bigint[] = [];
    for await (const product of direct.listProducts(1000)) {
      if (product.productName === productName) products.push(product.id);
    }
    assert.equal(products.length, 1, `${products.length} products`);
    const [productId = 0n] = products;
    const submissions: bigint[] = [];
    for await (const { id, commitStatus } of direct.listSubmissions(productId)) {
      submissions.push(id);
      assert.notEqual(commitStatus, 'commitPending');
    }
    assert.equal(submissions.length, 1, `${submissions.length} submissions`);
    return { productId, submissionId: submissions[0] ?? 0n };
  }

  for (const [step, pattern] of Object.entries(STEPS)) {
    for (const [how, loss] of Object.entries(LOSSES)) {
      test(`makes everything once when the ${step}'s request ${how}`, async () => {
        let lost = false;
        const client = clientWith((what, send) => {
          if (lost || !pattern.test(what)) return send();
          lost = true;
          return loss(send);
        });
        const checkpoint = keptCheckpoint();
        const outcome = await submitAndWait(client, requestFor(name), { checkpoint, waitFor: 'commit', settleMs: 100 });
        assert.ok(lost);
        const { productId, submissionId } = await requireOne(name);
        assert.equal(outcome.submission.id, submissionId);
        assert.equal(outcome.state.product?.id, String(productId));
      });
    }
  }

  test('a process that dies before or after any request is gone on with by the next', async () => {
    for (const when of ['before', 'after'] as const) {
      const productName = `${name} ${when}`;
      const checkpoint = keptCheckpoint();
      let deaths = 0;
      for (let survived = 0; ; survived++) {
        assert.ok(survived < 60);
        // This process lives for one request that changes something longer than the one before.
        const life = new AbortController();
        let changing = 0;
        const around: Send = async (url, init) => {
          const changes = (init.method ?? 'GET') !== 'GET';
          const dies = changes && ++changing === 1 && survived < 8;
          if (dies && when === 'before') life.abort(new Error('killed'));
          life.signal.throwIfAborted();
          const response = await service.fetch(url, init);
          if (dies) life.abort(new Error('killed'));
          life.signal.throwIfAborted();
          return response;
        };
        const mortal = service.client({ retry, fetch: around, signal: life.signal });
        try {
          const options = { checkpoint, waitFor: 'commit' as const, settleMs: 50, signal: life.signal };
          await submitAndWait(mortal, requestFor(productName), options);
          break;
        } catch (error) {
          assert.equal((error as Error).message, 'killed');
          deaths++;
        }
      }
      assert.ok(deaths >= 4, `${deaths} deaths`);
      await requireOne(productName);
    }
  });

  test('a process that dies at any save, before or after it, is gone on with by the next', async () => {
    let deaths = 0;
    for (let fatal = 1; deaths === 2 * (fatal - 1); fatal++) {
      for (const when of ['before', 'after']) {
        const productName = `${name} ${when} ${fatal}`;
        const checkpoint = keptCheckpoint();
        let saves = 0;
        const dying: SubmitCheckpoint = {
          load: checkpoint.load,
          async save(state) {
            const dies = ++saves >= fatal;
            if (!dies || when === 'after') await checkpoint.save(state);
            if (dies) throw new Error('killed');
          },
        };
        const options = { waitFor: 'commit' as const, settleMs: 50 };
        try {
          await submitAndWait(direct, requestFor(productName), { ...options, checkpoint: dying });
        } catch (error) {
          assert.equal((error as Error).message, 'killed');
          deaths++;
          await submitAndWait(direct, requestFor(productName), { ...options, checkpoint });
        }
        await requireOne(productName);
      }
    }
    assert.ok(deaths >= 12, `${deaths} deaths`);
  });

  test('another package or product is refused, unless it is to start over', async () => {
    const checkpoint = keptCheckpoint();
    const options = { checkpoint, waitFor: 'commit' as const };
    const first = await submitAndWait(direct, requestFor(name), options);
    const request = requestFor(name);
    const others: SubmitRequest[] = [
      { ...request, package: { ...request.package, sha256: 'f'.repeat(64) } },
      requestFor(`${name} b`),
      { ...request, existing: { productId: first.submission.productId, submissionId: 1n } },
    ];
    for (const other of others) await assert.rejects(submitAndWait(direct, other, options), SubmissionMismatchError);
    const again = await submitAndWait(direct, request, options);
    assert.equal(again.submission.id, first.submission.id);
    assert.equal(again.uploadedBytes, undefined);
    const anew = await submitAndWait(direct, requestFor(`${name} b`), { ...options, startOver: true });
    assert.notEqual(anew.submission.productId, first.submission.productId);
  });

  test('what was refused binds nobody', async () => {
    const checkpoint = keptCheckpoint();
    const options = { checkpoint, waitFor: 'commit' as const };
    const wrong = requestFor(name);
    const refused = { ...wrong, product: { ...wrong.product, requestedSignatures: ['NO_SUCH_CODE'] } } as SubmitRequest;
    await assert.rejects(submitAndWait(direct, refused, options), HardwareApiError);
    const started = performance.now();
    await submitAndWait(direct, wrong, options);
    assert.ok(performance.now() - started < 9_000, 'nothing was waited for');
    await requireOne(name);
  });

  test("a product of someone else's is not taken for the one whose answer was lost", async () => {
    // The same name, but with a submission that is under way.
    await submitAndWait(direct, requestFor(name), { waitFor: 'commit' });
    const checkpoint = keptCheckpoint();
    const { product, package: identity } = requestFor(name);
    const { size } = identity;
    const now = new Date().toISOString();
    const recorded = { ...(product && { product }), submissionName: name, package: { size, sha256 } };
    await checkpoint.save({ version: 1, request: recorded, product: { intendedAt: now } });
    await submitAndWait(direct, requestFor(name), { checkpoint, waitFor: 'commit', settleMs: 50 });
    let products = 0;
    for await (const { productName } of direct.listProducts()) if (productName === name) products++;
    assert.equal(products, 2);
  });

  test('an initial submission that exists already is the one', async () => {
    const wanted = requestFor(name).product;
    assert.ok(wanted);
    const product = await direct.createProduct(wanted);
    const made = await direct.createSubmission(product.id, { name, type: 'initial' });
    const checkpoint = keptCheckpoint();
    const now = new Date().toISOString();
    await checkpoint.save({
      version: 1,
      request: { product: wanted, submissionName: name, package: { size: content.length, sha256 } },
      product: { intendedAt: now, id: String(product.id) },
    });
    const { submission } = await submitAndWait(direct, requestFor(name), { checkpoint, waitFor: 'commit' });
    assert.equal(submission.id, made.id);
  });

  test('the state holds no secret and no URL', async () => {
    const checkpoint = keptCheckpoint();
    await submitAndWait(direct, requestFor(name), { checkpoint, waitFor: 'commit' });
    assert.doesNotMatch(checkpoint.kept ?? '', /sig=|https?:|Bearer/);
    assert.ok(!checkpoint.kept?.includes(service.credentials.clientSecret));
  });
});
