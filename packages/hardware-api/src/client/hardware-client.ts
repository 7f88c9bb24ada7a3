// The typed client of the Hardware API v2.0. Talks to Assay and to Microsoft's service alike; what differs is the URL and
// the authority.
import { parseJson, stringifyJson } from '../json.ts';
import type { NewProduct, Product, ProductChanges } from '../schemas/product.ts';
import type { NewSubmission, Submission, SubmissionChanges } from '../schemas/submission.ts';
import { type DownloadOptions, type DownloadResult, type DownloadSink, downloadBlob } from './download.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError } from './hardware-api-error.ts';
import { withBigintIds } from './identifiers.ts';
import { type PreprodMethods, preprodMethods } from './preprod.ts';
import { DEFAULT_RETRY_POLICY, delay, type RetryPolicy, retryDelay, withRetries } from './retry.ts';
import { type ShippingLabelMethods, shippingLabelMethods } from './shipping-labels.ts';
import { createTokenSource, type TokenCredential } from './token-source.ts';
import { type UploadContent, type UploadOptions, uploadBlob } from './upload.ts';
import { findDownload, type WaitOptions, waitForSubmission } from './wait.ts';

export type Identifier = string | bigint;

export interface HardwareClientOptions {
  /** Root of the service, for example http://127.0.0.1:8080 or https://manage.devcenter.microsoft.com. */
  readonly url: string;
  readonly credential: TokenCredential;
  readonly scope?: string;
  readonly fetch?: Fetch;
  readonly retry?: RetryPolicy;
  /** Time limit of one API request in milliseconds. */
  readonly requestTimeoutMs?: number;
  /** Told about every request, with SAS signatures masked. */
  readonly onExchange?: (exchange: Exchange) => void;
  readonly signal?: AbortSignal;
}

/** A submission as the partner who shares it sees it. */
export interface PartnerSubmissionPath {
  /** The partner's seller id. */
  readonly publisherId: Identifier;
  readonly productId: Identifier;
  readonly submissionId: Identifier;
}

export interface HardwareClient extends ShippingLabelMethods, PreprodMethods {
  createProduct(product: NewProduct): Promise<Product>;
  getProduct(productId: Identifier): Promise<Product>;
  /** Changes what the product says of itself; what is left out stays as it is. */
  updateProduct(productId: Identifier, changes: ProductChanges): Promise<void>;
  /** All products, page after page. */
  listProducts(pageSize?: number): AsyncGenerator<Product>;
  createSubmission(productId: Identifier, submission: NewSubmission): Promise<Submission>;
  getSubmission(productId: Identifier, submissionId: Identifier): Promise<Submission>;
  /** Gives a submission another name. */
  updateSubmission(productId: Identifier, submissionId: Identifier, changes: SubmissionChanges): Promise<void>;
  /**
   * Asks for the driver metadata of a submission that a partner shared; it shows among the downloads some time later. Asking
   * again does no harm.
   */
  createPublisherMetadata(productId: Identifier, submissionId: Identifier): Promise<void>;
  /** The own copy of a submission that a partner shared, by the ids that the partner sees. */
  getPartnerSubmission(source: PartnerSubmissionPath): Promise<Submission>;
  /**
   * Commits. An answer that is lost or 5xx may hide a commit that was accepted, so the submission is read before the
   * request is made again.
   */
  commitSubmission(productId: Identifier, submissionId: Identifier): Promise<void>;
  /** Uploads to the submission's `initialPackage` URL and returns the size in bytes. */
  uploadPackage(
    submission: Submission,
    content: UploadContent,
    options?: Pick<UploadOptions, 'onProgress'>,
  ): Promise<number>;
  waitForSubmission(productId: Identifier, submissionId: Identifier, options: WaitOptions): Promise<Submission>;
  /** Downloads one of the submission's items, for example `signedPackage`. */
  download(
    submission: Submission,
    type: string,
    sink: DownloadSink,
    options?: Pick<DownloadOptions, 'onProgress' | 'digest' | 'expectedSha256'>,
  ): Promise<DownloadResult>;
  /** Any other request to the service with its token; `path` starts with a slash. Resolves with the parsed body, if any. */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

const API_PREFIX = '/v2.0/my/hardware';
const REQUEST_TIMEOUT_MS = 100_000;

/** A throttled request had no effect, so even a creating one may be made again. */
function isThrottled(error: HardwareApiError): boolean {
  return error.status === 429;
}

function submissionPath(productId: Identifier, submissionId: Identifier): string {
  return `${API_PREFIX}/products/${productId}/submissions/${submissionId}`;
}

/** Creates a client. Nothing is sent before the first call. */
export function createHardwareClient(options: HardwareClientOptions): HardwareClient {
  const { credential, scope, signal, retry = DEFAULT_RETRY_POLICY } = options;
  const root = options.url.replace(/\/+$/, '');
  const tokens = createTokenSource(credential, scope);
  const transport = { fetch: options.fetch ?? fetch, onExchange: options.onExchange, signal };
  const correlationId = crypto.randomUUID();

  const requestHeaders = (token: string): Record<string, string> => ({
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    'ms-correlationid': correlationId,
    'ms-requestid': crypto.randomUUID(),
  });

  async function send(method: string, url: string, body: unknown, token: string): Promise<unknown> {
    const headers = requestHeaders(token);
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers['content-type'] = 'application/json; charset=utf-8';
      init.body = stringifyJson(body);
    }
    const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    const response = await exchange(url, init, { ...transport, timeoutMs });
    const answer = await response.text();
    return answer.trim() === '' ? undefined : withBigintIds(parseJson(answer));
  }

  /** One request; a token that is refused is renewed once, unless the request cannot be made `again`. */
  async function withToken<Result>(use: (token: string) => Promise<Result>, again = true): Promise<Result> {
    const token = await tokens.get();
    try {
      return await use(token);
    } catch (error) {
      if (!again || !(error instanceof HardwareApiError) || error.status !== 401) throw error;
      return await use(await tokens.get(token));
    }
  }

  function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const safe = method === 'GET' || method === 'HEAD';
    return withRetries(() => withToken((token) => send(method, root + path, body, token)), {
      policy: retry,
      signal,
      ...(safe ? {} : { isRetryable: isThrottled }),
    });
  }

  async function getSubmission(productId: Identifier, submissionId: Identifier): Promise<Submission> {
    return (await call('GET', submissionPath(productId, submissionId))) as Submission;
  }

  async function commitSubmission(productId: Identifier, submissionId: Identifier): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await call('POST', `${submissionPath(productId, submissionId)}/commit`, {});
        return;
      } catch (error) {
        if (!(error instanceof HardwareApiError)) throw error;
        const again = attempt > 1 && error.code.toLowerCase() === 'requestinvalidforcurrentstate';
        if (!error.isTransient && !again) throw error;
        const { commitStatus } = await getSubmission(productId, submissionId);
        if (commitStatus.toLowerCase() !== 'commitpending') return;
        if (attempt >= retry.attempts) throw error;
        await delay(retryDelay(retry, attempt, error), signal);
      }
    }
  }

  /** The elements of a list, page after page. */
  async function* listAll<Item>(first: string): AsyncGenerator<Item> {
    let path: string | undefined = first;
    while (path !== undefined) {
      const page = (await call('GET', path)) as { value?: Item[]; links?: { rel: string; href: string }[] };
      yield* page.value ?? [];
      const next = page.links?.find(({ rel }) => rel === 'next_link')?.href;
      // Only path and query of the link are used, so that the token goes to no other host.
      const { pathname, search } = new URL(next ?? root, root);
      path = next === undefined ? undefined : pathname + search;
    }
  }

  function requireDownload(submission: Submission, type: string): string {
    const url = findDownload(submission, type);
    if (url !== undefined) return url;
    throw new HardwareApiError({
      status: 404,
      code: 'downloadNotFound',
      message: `Submission ${submission.id} has no ${type} among its downloads.`,
    });
  }

  return {
    createProduct: async (product) => (await call('POST', `${API_PREFIX}/products`, product)) as Product,
    getProduct: async (productId) => (await call('GET', `${API_PREFIX}/products/${productId}`)) as Product,
    async updateProduct(productId, changes) {
      await call('PATCH', `${API_PREFIX}/products/${productId}`, changes);
    },
    async updateSubmission(productId, submissionId, changes) {
      await call('PATCH', submissionPath(productId, submissionId), changes);
    },
    async createPublisherMetadata(productId, submissionId) {
      await call('POST', `${submissionPath(productId, submissionId)}/createpublishermetadata`, {});
    },
    async getPartnerSubmission({ publisherId, productId, submissionId }) {
      // The misspelling is the service's own.
      const publisher = `${API_PREFIX}/products/relationships/sourcepubliherid/${publisherId}`;
      return (await call(
        'GET',
        `${publisher}/sourceproductid/${productId}/sourcesubmissionid/${submissionId}`,
      )) as Submission;
    },
    listProducts: (pageSize) =>
      listAll<Product>(`${API_PREFIX}/products${pageSize === undefined ? '' : `?pageSize=${pageSize}`}`),
    createSubmission: async (productId, submission) =>
      (await call('POST', `${API_PREFIX}/products/${productId}/submissions`, submission)) as Submission,
    getSubmission,
    commitSubmission,
    async uploadPackage(submission, content, uploadOptions = {}) {
      // The real service sometimes leaves the downloads out of the answer to the creation; a fresh GET has them.
      const current =
        findDownload(submission, 'initialPackage') === undefined
          ? await getSubmission(submission.productId, submission.id)
          : submission;
      return uploadBlob(requireDownload(current, 'initialPackage'), content, { ...transport, retry, ...uploadOptions });
    },
    waitForSubmission: (productId, submissionId, waitOptions) =>
      waitForSubmission(() => getSubmission(productId, submissionId), { signal, ...waitOptions }),
    download: async (submission, type, sink, downloadOptions = {}) =>
      downloadBlob(requireDownload(submission, type), sink, { ...transport, retry, ...downloadOptions }),
    ...preprodMethods({ root, prefix: API_PREFIX, call, withToken, headers: requestHeaders, retry, ...transport }),
    ...shippingLabelMethods({ prefix: API_PREFIX, call, list: listAll }),
    request: call,
  };
}
