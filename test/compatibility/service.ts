// A running service for the tests of one file, and the calls that most of them make.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Credentials, ServerOptions } from '@assay/server';
import {
  addClientSecret,
  createAccount,
  createApplication,
  type Role,
} from '../../packages/server/src/store/accounts.ts';
import { openDatabase } from '../../packages/server/src/store/database.ts';
import { ApiCaller } from '../../packages/server/test/pipeline/api-caller.ts';
import { type RunningService, runService } from '../../packages/server/test/pipeline/running-service.ts';
import {
  echoFiles,
  makeCabinet,
  signCabinet,
  submissionKey,
} from '../../packages/server/test/pipeline/submitted-cabinet.ts';
import { type Answer, type Sent, send } from './wire.ts';

export const RESOURCE = 'https://manage.devcenter.microsoft.com';
export const V2 = '/v2.0/my/hardware';

export const PRODUCT = {
  productName: 'Echo',
  testHarness: 'attestation',
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
} as const;

/** The form of a token request on the version 1 endpoint. */
export function tokenForm(credentials: Credentials): Record<string, string> {
  return {
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
    resource: RESOURCE,
  };
}

/** One combination that a shipping label can target. */
export interface HardwareId {
  readonly bundleId: string;
  readonly infId: string;
  readonly operatingSystemCode: string;
  readonly pnpString: string;
}

/** Calls of one service. */
export class Service {
  #running: RunningService | undefined;
  #authorization: string | undefined;

  constructor(running?: RunningService) {
    this.#running = running;
  }

  get running(): RunningService {
    if (this.#running === undefined) throw new Error('the service starts with the first test');
    return this.#running;
  }

  set running(running: RunningService | undefined) {
    this.#running = running;
    this.#authorization = undefined;
  }

  get url(): string {
    return this.running.credentials.url;
  }

  get credentials(): Credentials {
    return this.running.credentials;
  }

  /** The next call asks for a new token. */
  forgetToken(): void {
    this.#authorization = undefined;
  }

  async authorization(): Promise<string> {
    this.#authorization ??= `Bearer ${await this.running.api.token()}`;
    return this.#authorization;
  }

  /** A call of the API; `path` begins with a slash. An object as body is sent as JSON. */
  async call(method: string, path: string, body?: object, headers: Sent['headers'] = {}): Promise<Answer> {
    return await send(this.url + path, {
      method,
      headers: {
        authorization: await this.authorization(),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** The driver metadata of a finished submission, one entry for each hardware id that it serves. */
  async hardwareIds(submission: Answer): Promise<HardwareId[]> {
    const item = submission.json.downloads.items.find(({ type }: { type: string }) => type === 'driverMetadata');
    const { json } = await send(item.url);
    return Object.entries<{ InfInfoMap: Record<string, { OSPnPInfoMap: Record<string, object> }> }>(
      json.BundleInfoMap,
    ).flatMap(([bundleId, { InfInfoMap }]) =>
      Object.entries(InfInfoMap).flatMap(([infId, { OSPnPInfoMap }]) =>
        Object.entries(OSPnPInfoMap).flatMap(([operatingSystemCode, pnpStrings]) =>
          Object.keys(pnpStrings).map((pnpString) => ({ bundleId, infId, operatingSystemCode, pnpString })),
        ),
      ),
    );
  }

  /** Another account with an application in these roles, and a client of its own for the same service. */
  async addAccount(roles: readonly Role[]): Promise<Service> {
    const clock = (): Date => new Date();
    const database = await openDatabase({ file: join(this.running.dataDirectory, 'assay.db') });
    try {
      const account = await createAccount(database, { name: 'Partner' }, clock);
      const application = await createApplication(database, { accountId: account.id, name: 'CI', roles }, clock);
      const { secret } = await addClientSecret(database, { clientId: application.client_id }, clock);
      const credentials = {
        ...this.credentials,
        tenantId: account.tenant_id,
        clientId: application.client_id,
        clientSecret: secret,
        sellerId: String(account.id),
      };
      return new Service({ ...this.running, credentials, api: new ApiCaller(credentials) });
    } finally {
      await database.destroy();
    }
  }

  /** Makes a product; gives its id. */
  async product(fields: object = PRODUCT, prefix = V2): Promise<string> {
    const answer = await this.call('POST', `${prefix}/products`, fields);
    assert.equal(answer.status, 201, answer.text);
    return String(answer.json.id);
  }

  /** Makes a product and its initial submission; gives the submission's path and its upload URL. */
  async submission(
    fields: object = PRODUCT,
    prefix = V2,
  ): Promise<{ path: string; uploadUrl: string; answer: Answer }> {
    const products = `${prefix}/products/${await this.product(fields, prefix)}/submissions`;
    const answer = await this.call('POST', products, { name: 'first', type: 'initial' });
    assert.equal(answer.status, 201, answer.text);
    return { path: `${products}/${answer.json.id}`, uploadUrl: answer.json.downloads.items[0].url, answer };
  }

  /** The example driver as a cabinet that the account has signed. */
  async signedCabinet(compression: 'mszip' | 'none' = 'mszip'): Promise<Uint8Array> {
    return await signCabinet(await makeCabinet(echoFiles(), compression), submissionKey(this.credentials));
  }

  async upload(url: string, body: Uint8Array | string, headers: Sent['headers'] = {}): Promise<Answer> {
    return await send(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob', ...headers }, body });
  }

  /** Uploads and commits the example driver; gives the submission's path. */
  async committed(prefix = V2): Promise<string> {
    const { path, uploadUrl } = await this.submission(PRODUCT, prefix);
    assert.equal((await this.upload(uploadUrl, await this.signedCabinet())).status, 201);
    assert.equal((await this.call('POST', `${path}/commit`)).status, 202);
    return path;
  }

  /** Every answer about a submission until its workflow ends. */
  async watch(path: string): Promise<Answer[]> {
    const seen: Answer[] = [];
    for (;;) {
      const answer = await this.call('GET', path);
      assert.equal(answer.status, 200, answer.text);
      seen.push(answer);
      const { currentStep, state } = answer.json.workflowStatus;
      if (state === 'failed' || (currentStep === 'finalizeIngestion' && state === 'completed')) return seen;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A submission of the example driver whose signed package is ready. */
  async finished(): Promise<{ path: string; answer: Answer }> {
    const path = await this.committed();
    const answer = (await this.watch(path)).at(-1);
    assert.ok(answer);
    assert.equal(answer.json.workflowStatus.state, 'completed', answer.text);
    return { path, answer };
  }
}

/** Starts a service before the tests of the file and stops it after them. */
export function startForFile(options: Partial<ServerOptions> = {}): Service {
  const service = new Service();
  const cleanups: (() => unknown)[] = [];
  before(async () => {
    service.running = await runService(
      { after: (cleanup: unknown) => void cleanups.push(cleanup as () => unknown) } as never,
      options,
    );
  });
  after(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  });
  return service;
}
