// Builds the whole HTTP application over a database and a blob store of its own, in a directory that goes with the test.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseJson } from '@assay/hardware-api';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createBlobStore, createSas } from '../../src/blob/index.ts';
import { type AppOptions, createApp } from '../../src/http/index.ts';
import { createTokenIssuer, type TokenIssuer } from '../../src/identity/index.ts';
import { addClientSecret, createAccount, createApplication, type Role } from '../../src/store/accounts.ts';
import { type Database, type DatabaseLocation, openDatabase } from '../../src/store/database.ts';

export const V2 = '/v2.0/my/hardware';
export const RESOURCE = 'https://manage.devcenter.microsoft.com';

/** A moment that stands still until a test moves it. */
export class FixedClock {
  now = new Date('2026-03-04T05:06:07.890Z');
  readonly read = (): Date => this.now;
  advance(milliseconds: number): void {
    this.now = new Date(this.now.getTime() + milliseconds);
  }
}

export interface TestTenant {
  readonly accountId: bigint;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface TestApp {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly issuer: TokenIssuer;
  readonly clock: FixedClock;
  readonly directory: string;
  readonly tenant: TestTenant;
  /** An `Authorization` header for a tenant's application, by default the first one's. */
  authorize(tenant?: TestTenant): Promise<string>;
  /** Another account with an application in these roles. */
  addTenant(roles?: readonly Role[]): Promise<TestTenant>;
  /** Sends a request to the API as a tenant, by default the first one. `payload` is sent as JSON. */
  call(
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    path: string,
    payload?: unknown,
    tenant?: TestTenant,
  ): Promise<LightMyRequestResponse>;
}

/** Makes an account with an application and a secret that lasts a day. */
export async function addTestTenant(
  database: Database,
  clock: () => Date,
  roles: readonly Role[] = ['Manager'],
): Promise<TestTenant> {
  const account = await createAccount(database, { name: 'Contoso', legalName: 'Contoso Ltd.' }, clock);
  const application = await createApplication(database, { accountId: account.id, name: 'CI', roles }, clock);
  const expiresAt = new Date(clock().getTime() + 24 * 3_600_000);
  const { secret } = await addClientSecret(database, { clientId: application.client_id, expiresAt }, clock);
  return {
    accountId: account.id,
    tenantId: account.tenant_id,
    clientId: application.client_id,
    clientSecret: secret,
  };
}

/** Asks the token endpoint (version 1 form) and gives the `Authorization` header. */
export async function fetchAuthorization(app: FastifyInstance, tenant: TestTenant): Promise<string> {
  const response = await app.inject({
    method: 'POST',
    url: `/${tenant.tenantId}/oauth2/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      resource: RESOURCE,
    }).toString(),
  });
  assert.equal(response.statusCode, 200, response.body);
  return `Bearer ${response.json<{ access_token: string }>().access_token}`;
}

/** Builds the application; everything is closed and removed when the test ends. */
export async function buildTestApp(
  t: TestContext,
  options: { readonly location?: DatabaseLocation; readonly maximumBlobSize?: number } & Partial<
    Pick<AppOptions, 'publicUrl' | 'logger' | 'throttle' | 'examineSignedFile'>
  > = {},
): Promise<TestApp> {
  const { location, maximumBlobSize, ...appOptions } = options;
  const directory = await mkdtemp(join(tmpdir(), 'assay-http-'));
  const clock = new FixedClock();
  const database = await openDatabase(location ?? { file: join(directory, 'assay.db') });
  const issuer = await createTokenIssuer({ database, keyFile: join(directory, 'token-key.pem'), clock: clock.read });
  const blobs = createBlobStore({
    database,
    directory: join(directory, 'blobs'),
    clock: clock.read,
    ...(maximumBlobSize !== undefined && { maximumSize: maximumBlobSize }),
  });
  const sas = createSas({ accountName: 'assaystore', accountKey: randomBytes(64), clock: clock.read });
  const app = await createApp({ database, issuer, blob: { blobs, sas }, clock: clock.read, ...appOptions });
  t.after(async () => {
    await app.close();
    await database.destroy();
    await rm(directory, { recursive: true, force: true });
  });
  const tenant = await addTestTenant(database, clock.read);
  const authorize = (who: TestTenant = tenant): Promise<string> => fetchAuthorization(app, who);
  return {
    app,
    database,
    issuer,
    clock,
    directory,
    tenant,
    authorize,
    addTenant: (roles) => addTestTenant(database, clock.read, roles),
    call: async (method, path, payload, who = tenant) =>
      app.inject({
        method,
        url: path,
        headers: {
          authorization: await authorize(who),
          ...(payload !== undefined && { 'content-type': 'application/json' }),
        },
        ...(payload !== undefined && { payload: JSON.stringify(payload) }),
      }),
  };
}

/** The JSON of a response with its 64-bit integers intact. */
export function bodyOf<Shape>(response: LightMyRequestResponse): Shape {
  return parseJson(response.body) as Shape;
}

/** An id of a response as text: product ids may be numbers or bigints once parsed. */
export function idOf(response: LightMyRequestResponse): string {
  return String(bodyOf<{ id: number | bigint }>(response).id);
}

export const ATTESTATION_PRODUCT = {
  productName: 'Echo',
  testHarness: 'attestation',
  requestedSignatures: ['WINDOWS_v100_X64_GE_FULL'],
} as const;

/** Makes a product and its initial submission; gives their ids. */
export async function createInitialSubmission(
  test: TestApp,
  prefix: string = V2,
  product: object = ATTESTATION_PRODUCT,
): Promise<{ readonly productId: string; readonly submissionId: string; readonly path: string }> {
  const created = await test.call('POST', `${prefix}/products`, product);
  assert.equal(created.statusCode, 201, created.body);
  const productId = idOf(created);
  const submission = await test.call('POST', `${prefix}/products/${productId}/submissions`, {
    name: 'first',
    type: 'initial',
  });
  assert.equal(submission.statusCode, 201, submission.body);
  const submissionId = idOf(submission);
  return { productId, submissionId, path: `${prefix}/products/${productId}/submissions/${submissionId}` };
}
