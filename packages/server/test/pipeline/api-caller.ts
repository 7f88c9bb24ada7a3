// A client of the API as a stranger would write one, on fetch alone.
import { parseJson } from '@assay/hardware-api';
import type { Credentials } from '../../src/index.ts';

export interface WorkflowStatus {
  readonly currentStep: string;
  readonly state: string;
  readonly messages: readonly string[];
  readonly errorReport?: string;
}

export interface Submission {
  readonly id: bigint;
  readonly productId: bigint;
  readonly commitStatus: string;
  readonly workflowStatus: WorkflowStatus;
  readonly downloads: { readonly items: readonly { readonly type: string; readonly url: string }[] };
  readonly isExtensionInf?: boolean;
  readonly isUniversal?: boolean;
  readonly isDeclarativeInf?: boolean;
}

const RESOURCE = 'https://manage.devcenter.microsoft.com';
const POLL_MS = 20;

/** Calls the service with the credentials that it wrote. */
export class ApiCaller {
  readonly #credentials: Credentials;
  #token: string | undefined;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  async token(): Promise<string> {
    const { authority, tenantId, clientId, clientSecret } = this.#credentials;
    const response = await fetch(`${authority}/${tenantId}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_secret: clientSecret,
        resource: RESOURCE,
      }),
    });
    if (response.status !== 200) throw new Error(`no token: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { access_token: string }).access_token;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    this.#token ??= await this.token();
    const response = await fetch(`${this.#credentials.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : parseJson(text) };
  }

  async create(
    requestedSignatures: readonly string[] = ['WINDOWS_v100_X64_GE_FULL'],
    properties: object = {},
  ): Promise<Submission> {
    const product = await this.call('POST', '/v2.0/my/hardware/products', {
      productName: 'Echo',
      testHarness: 'attestation',
      deviceType: 'internal',
      requestedSignatures,
      ...properties,
    });
    if (product.status !== 201)
      throw new Error(`no product: ${product.status} ${String(JSON.stringify(product.body))}`);
    const { id } = product.body as { id: bigint };
    const submission = await this.call('POST', `/v2.0/my/hardware/products/${id}/submissions`, {
      name: 'Echo initial',
      type: 'initial',
    });
    if (submission.status !== 201) throw new Error(`no submission: ${submission.status}`);
    return submission.body as Submission;
  }

  path(submission: Submission): string {
    return `/v2.0/my/hardware/products/${submission.productId}/submissions/${submission.id}`;
  }

  async get(submission: Submission): Promise<Submission> {
    const answer = await this.call('GET', this.path(submission));
    if (answer.status !== 200) throw new Error(`no submission: ${answer.status}`);
    return answer.body as Submission;
  }

  async upload(submission: Submission, bytes: Uint8Array): Promise<number> {
    const url = submission.downloads.items[0]?.url ?? '';
    const response = await fetch(url, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: Buffer.from(bytes),
    });
    return response.status;
  }

  async commit(submission: Submission): Promise<number> {
    return (await this.call('POST', `${this.path(submission)}/commit`)).status;
  }

  /** Uploads and commits a package in a product of its own, which has these properties besides the usual ones. */
  async submit(
    bytes: Uint8Array | undefined,
    requestedSignatures?: readonly string[],
    properties?: object,
  ): Promise<Submission> {
    const submission = await this.create(requestedSignatures, properties);
    if (bytes !== undefined) {
      const status = await this.upload(submission, bytes);
      if (status !== 201) throw new Error(`upload: ${status}`);
    }
    const status = await this.commit(submission);
    if (status !== 202) throw new Error(`commit: ${status}`);
    return submission;
  }

  /** Polls until `done`, showing every answer to `watch`. */
  async until(
    submission: Submission,
    done: (current: Submission) => boolean,
    watch: (current: Submission) => void = () => undefined,
  ): Promise<Submission> {
    for (;;) {
      const current = await this.get(submission);
      watch(current);
      if (done(current)) return current;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until the workflow ended. */
  async finished(submission: Submission, watch?: (current: Submission) => void): Promise<Submission> {
    return await this.until(submission, ended, watch);
  }

  async download(submission: Submission, type: string): Promise<Uint8Array> {
    const url = submission.downloads.items.find((item) => item.type === type)?.url;
    if (url === undefined) throw new Error(`the submission has no ${type}`);
    const response = await fetch(url);
    if (response.status !== 200) throw new Error(`download: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

/** Whether a client would stop waiting. */
export function ended({ commitStatus, workflowStatus }: Submission): boolean {
  return (
    commitStatus === 'commitFailed' ||
    workflowStatus.state === 'failed' ||
    (workflowStatus.currentStep === 'finalizeIngestion' && workflowStatus.state === 'completed')
  );
}
