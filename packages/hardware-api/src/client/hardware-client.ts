// The typed client of the Hardware API v2.0. Talks to Assay and to Microsoft's service alike; what differs is the URL and
// the authority.
import { stringifyJson } from '../json.ts';
import type { NewProduct, Product, ProductChanges } from '../schemas/product.ts';
import type { ShippingLabel } from '../schemas/shipping-label.ts';
import type { NewSubmission, Submission, SubmissionChanges, WorkflowStatus } from '../schemas/submission.ts';
import { readJsonAnswer, readPage, requireCreated, requireResource } from './answers.ts';
import { type DownloadOptions, type DownloadResult, type DownloadSink, downloadBlob } from './download.ts';
import { type Exchange, exchange, type Fetch } from './exchange.ts';
import { HardwareApiError, NO_ANSWER } from './hardware-api-error.ts';
import { idSegment, withBigintIds } from './identifiers.ts';
import { type PreprodMethods, preprodMethods } from './preprod.ts';
import { DEFAULT_RETRY_POLICY, type OnRetry, type RetryPolicy, waitForRetry, withRetries } from './retry.ts';
import { type ShippingLabelMethods, type ShippingLabelPath, shippingLabelMethods } from './shipping-labels.ts';
import { createTokenSource, type TokenCredential } from './token-source.ts';
import { type UploadOptions, uploadBlob } from './upload.ts';
import type { UploadContent } from './upload-content.ts';
import {
  findDownload,
  type ShippingLabelWaitOptions,
  type SubmissionWaitOptions,
  waitForShippingLabel,
  waitForSubmission,
} from './wait.ts';

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
  /** Told why and how long the client waits before it tries something again. */
  readonly onRetry?: OnRetry;
  readonly signal?: AbortSignal;
}

/** A submission as the partner who shares it sees it. */
export interface PartnerSubmissionPath {
  /** The partner's seller id. */
  readonly publisherId: Identifier;
  readonly productId: Identifier;
  readonly submissionId: Identifier;
}

/** For requests that must not be made twice. */
export interface CreationOptions {
  /** Called right before each time the request is sent, when the token is at hand; what it throws stops the request. */
  readonly beforeSending?: (() => Promise<void>) | undefined;
}

/** For requests that somebody may stop waiting for. */
export interface ReadOptions {
  /** Ends this request alone, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface HardwareClient extends ShippingLabelMethods, PreprodMethods {
  /** Sent with every request of this client as MS-CorrelationId; names the run to the service's support. */
  readonly correlationId: string;
  /** Creates a product. Not repeated when its answer is lost: `isAmbiguous` of the error tells, `submitAndWait` looks. */
  createProduct(product: NewProduct, options?: CreationOptions): Promise<Product>;
  getProduct(productId: Identifier): Promise<Product>;
  /** Changes what the product says of itself; what is left out stays as it is. */
  updateProduct(productId: Identifier, changes: ProductChanges): Promise<void>;
  /** All products, page after page. */
  listProducts(pageSize?: number): AsyncGenerator<Product>;
  /** Creates a submission. Not repeated when its answer is lost, like `createProduct`. */
  createSubmission(productId: Identifier, submission: NewSubmission, options?: CreationOptions): Promise<Submission>;
  /** All submissions of a product, page after page, without their downloads. */
  listSubmissions(productId: Identifier, pageSize?: number): AsyncGenerator<Submission>;
  getSubmission(productId: Identifier, submissionId: Identifier, options?: ReadOptions): Promise<Submission>;
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
  /**
   * Uploads to the submission's `initialPackage` URL and returns the size in bytes. A URL that the service refuses in the
   * middle is replaced by a new one from the submission; `resume` goes on with what an earlier run left.
   */
  uploadPackage(
    submission: Submission,
    content: UploadContent,
    options?: Pick<UploadOptions, 'onProgress' | 'resume' | 'idleTimeoutMs' | 'blockBytes' | 'singleUploadBytes'>,
  ): Promise<number>;
  waitForSubmission(
    productId: Identifier,
    submissionId: Identifier,
    options: SubmissionWaitOptions,
  ): Promise<Submission>;
  /**
   * Waits until a label is published to Windows Update or shared with the partner, or only for the start of Microsoft's
   * approval. Throws ShippingLabelFailedError when it failed.
   */
  waitForShippingLabel(path: ShippingLabelPath, options: ShippingLabelWaitOptions): Promise<ShippingLabel>;
  /** Downloads one of the submission's items, for example `signedPackage`. */
  download(
    submission: Submission,
    type: string,
    sink: DownloadSink,
    options?: Pick<DownloadOptions, 'onStart' | 'onProgress' | 'digest' | 'expectedSha256' | 'from' | 'idleTimeoutMs'>,
  ): Promise<DownloadResult>;
  /**
   * Any other request to the service with its token; `path` starts with a slash. Resolves with the body as `parseJson` reads
   * it, if there is one: ids are what the service wrote, a string, a number, or a bigint where a number cannot hold them.
   */
  request(method: string, path: string, body?: unknown): Promise<unknown>;
}

const API_PREFIX = '/v2.0/my/hardware';
const REQUEST_TIMEOUT_MS = 100_000;
/** How often one request is made again with a new token. */
const MOST_RENEWALS = 3;

/** A throttled request had no effect, so even a creating one may be made again. */
function isThrottled(error: HardwareApiError): boolean {
  return error.status === 429;
}

/** Without a commit status: whether the workflow, which a commit starts, is under way. */
function hasBegun(workflowStatus: WorkflowStatus | null | undefined): boolean {
  return !!workflowStatus && String(workflowStatus.state).toLowerCase() !== 'notstarted';
}

/**
 * A submission as its type says, whatever the service left out: it has been seen to send steps as numbers, and null for a
 * workflow that has not begun.
 */
export function normalizeSubmission(answer: unknown): Submission {
  const { workflowStatus, downloads, commitStatus, ...rest } = answer as Submission;
  return {
    ...rest,
    commitStatus: commitStatus ?? (hasBegun(workflowStatus) ? 'commitComplete' : 'commitPending'),
    ...(workflowStatus && {
      workflowStatus: {
        ...workflowStatus,
        currentStep: String(workflowStatus.currentStep ?? '') as WorkflowStatus['currentStep'],
        state: String(workflowStatus.state ?? '') as WorkflowStatus['state'],
        messages: workflowStatus.messages ?? [],
      },
    }),
    ...(downloads && { downloads: { ...downloads, items: downloads.items ?? [], messages: downloads.messages ?? [] } }),
  };
}

function productPath(productId: Identifier): string {
  return `${API_PREFIX}/products/${idSegment(productId)}`;
}

function submissionPath(productId: Identifier, submissionId: Identifier): string {
  return `${productPath(productId)}/submissions/${idSegment(submissionId)}`;
}

/** Creates a client. Nothing is sent before the first call. */
export function createHardwareClient(options: HardwareClientOptions): HardwareClient {
  const { credential, scope, signal, retry = DEFAULT_RETRY_POLICY } = options;
  const root = options.url.replace(/\/+$/, '');
  const tokens = createTokenSource(credential, scope, signal);
  const { onExchange, onRetry } = options;
  const transport = { fetch: options.fetch ?? fetch, onExchange, onRetry, signal };
  const correlationId = crypto.randomUUID();

  const requestHeaders = (token: string): Record<string, string> => ({
    accept: 'application/json',
    authorization: `Bearer ${token}`,
    'ms-correlationid': correlationId,
    'ms-requestid': crypto.randomUUID(),
  });

  async function send(
    method: string,
    url: string,
    body: unknown,
    token: string,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const headers = requestHeaders(token);
    const init: RequestInit = { method, headers };
    if (body !== undefined) {
      headers['content-type'] = 'application/json; charset=utf-8';
      init.body = stringifyJson(body);
    }
    const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    const response = await exchange(url, init, { ...transport, signal, timeoutMs });
    // An answer that breaks off after its head is as lost as one that never came.
    const answer = await response.text().catch((cause: unknown) => {
      signal?.throwIfAborted();
      const message = `The answer to ${method} ${new URL(url).pathname} broke off.`;
      throw new HardwareApiError({ status: 0, code: NO_ANSWER, message, cause });
    });
    return readJsonAnswer(answer, `${method} ${new URL(url).pathname}`);
  }

  /** Failures to get a token: the credential has tried again by itself, so that nobody else needs to. */
  const tokenFailures = new WeakSet<object>();

  async function getToken(refused?: string): Promise<string> {
    try {
      return await tokens.get(refused);
    } catch (error) {
      if (typeof error === 'object' && error !== null) tokenFailures.add(error);
      throw error;
    }
  }

  /** One request; a token that is refused is renewed, unless the request cannot be made `again`. */
  async function withToken<Result>(use: (token: string) => Promise<Result>, again = true): Promise<Result> {
    let token = await getToken();
    for (let renewals = 0; ; renewals++) {
      try {
        return await use(token);
      } catch (error) {
        const isRefused = error instanceof HardwareApiError && error.status === 401;
        if (!isRefused || !again || renewals === MOST_RENEWALS) throw error;
        const renewed = await getToken(token);
        // A credential that has nothing else to give cannot help.
        if (renewed === token) throw error;
        token = renewed;
      }
    }
  }

  /** The answer as the service wrote it: only integers that a number cannot hold are bigint. */
  function callRaw(
    method: string,
    path: string,
    body?: unknown,
    { beforeSending, signal: own }: CreationOptions & ReadOptions = {},
  ): Promise<unknown> {
    const given = [options.signal, own].filter((one) => one !== undefined);
    const signal = given.length > 1 ? AbortSignal.any(given) : given[0];
    const safe = method === 'GET' || method === 'HEAD';
    const once = async (token: string): Promise<unknown> => {
      await beforeSending?.();
      return send(method, root + path, body, token, signal);
    };
    return withRetries(() => withToken(once), {
      policy: retry,
      what: `${method} ${path}`,
      onRetry,
      signal,
      isRetryable: (error) => !tokenFailures.has(error) && (safe ? error.isTransient : isThrottled(error)),
    });
  }

  async function call(
    method: string,
    path: string,
    body?: unknown,
    callOptions?: CreationOptions & ReadOptions,
  ): Promise<unknown> {
    return withBigintIds(await callRaw(method, path, body, callOptions));
  }

  async function get<Resource>(path: string, readOptions?: ReadOptions): Promise<Resource> {
    return requireResource<Resource>(await call('GET', path, undefined, readOptions), `GET ${path}`);
  }

  async function create<Resource>(path: string, body: unknown, creation?: CreationOptions): Promise<Resource> {
    return requireCreated<Resource>(await call('POST', path, body, creation), `POST ${path}`);
  }

  async function getSubmission(
    productId: Identifier,
    submissionId: Identifier,
    readOptions?: ReadOptions,
  ): Promise<Submission> {
    return normalizeSubmission(await get(submissionPath(productId, submissionId), readOptions));
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
        await waitForRetry(retry, { attempt, error, what: 'commit' }, { onRetry, signal });
      }
    }
  }

  /** The elements of a list, page after page. */
  async function* listAll<Item>(first: string): AsyncGenerator<Item> {
    let path: string | undefined = first;
    while (path !== undefined) {
      const { items, next } = readPage(await call('GET', path), path, API_PREFIX);
      yield* items as readonly Item[];
      path = next;
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

  /** The URL as the service gives it now, with a new signature. */
  async function freshDownload({ productId, id }: Submission, type: string): Promise<string> {
    return requireDownload(await getSubmission(productId, id), type);
  }

  const labels = shippingLabelMethods({ prefix: API_PREFIX, call, get, create, list: listAll });

  return {
    correlationId,
    createProduct: (product, creation) => create<Product>(`${API_PREFIX}/products`, product, creation),
    getProduct: (productId) => get<Product>(productPath(productId)),
    async updateProduct(productId, changes) {
      await call('PATCH', productPath(productId), changes);
    },
    async updateSubmission(productId, submissionId, changes) {
      await call('PATCH', submissionPath(productId, submissionId), changes);
    },
    async createPublisherMetadata(productId, submissionId) {
      await call('POST', `${submissionPath(productId, submissionId)}/createpublishermetadata`, {});
    },
    async getPartnerSubmission({ publisherId, productId, submissionId }) {
      // The misspelling is the service's own.
      const publisher = `${API_PREFIX}/products/relationships/sourcepubliherid/${idSegment(publisherId)}`;
      return normalizeSubmission(
        await get(`${publisher}/sourceproductid/${idSegment(productId)}/sourcesubmissionid/${idSegment(submissionId)}`),
      );
    },
    listProducts: (pageSize) =>
      listAll<Product>(`${API_PREFIX}/products${pageSize === undefined ? '' : `?pageSize=${pageSize}`}`),
    createSubmission: async (productId, submission, creation) =>
      normalizeSubmission(await create(`${productPath(productId)}/submissions`, submission, creation)),
    async *listSubmissions(productId, pageSize) {
      const query = pageSize === undefined ? '' : `?pageSize=${pageSize}`;
      const list = listAll<unknown>(`${productPath(productId)}/submissions${query}`);
      for await (const submission of list) yield normalizeSubmission(submission);
    },
    getSubmission,
    commitSubmission,
    async uploadPackage(submission, content, uploadOptions = {}) {
      // The real service sometimes leaves the downloads out of the answer to the creation; a fresh GET has them.
      const renew = () => freshDownload(submission, 'initialPackage');
      const url = findDownload(submission, 'initialPackage') ?? (await renew());
      return uploadBlob(url, content, { ...transport, retry, renew, ...uploadOptions });
    },
    waitForSubmission: (productId, submissionId, waitOptions) =>
      waitForSubmission((limit) => getSubmission(productId, submissionId, { signal: limit }), {
        signal,
        ...waitOptions,
      }),
    waitForShippingLabel: (path, waitOptions) =>
      waitForShippingLabel((limit) => labels.getShippingLabel(path, { signal: limit }), { signal, ...waitOptions }),
    download: async (submission, type, sink, downloadOptions = {}) =>
      downloadBlob(requireDownload(submission, type), sink, {
        ...transport,
        retry,
        renew: () => freshDownload(submission, type),
        ...downloadOptions,
      }),
    ...preprodMethods({
      root,
      prefix: API_PREFIX,
      call: callRaw,
      withToken,
      headers: requestHeaders,
      retry,
      ...transport,
    }),
    ...labels,
    request: (method, path, body) => callRaw(method, path, body),
  };
}
