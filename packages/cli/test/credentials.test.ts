// Which credentials count, and that no half of one set meets half of another.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { resolveConnection } from '../src/credentials.ts';
import { temporaryDirectory } from './run-assay.ts';

const ENVIRONMENT = { AZURE_TENANT_ID: 'env-tenant', AZURE_CLIENT_ID: 'env-client', AZURE_CLIENT_SECRET: 'env-secret' };

async function dataDirectory(context: TestContext): Promise<string> {
  const directory = await temporaryDirectory(context);
  const credentials = {
    url: 'http://127.0.0.1:1234/',
    authority: 'http://127.0.0.1:1234',
    tenantId: 'file-tenant',
    clientId: 'file-client',
    clientSecret: 'file-secret',
  };
  await writeFile(join(directory, 'credentials.json'), JSON.stringify(credentials));
  return directory;
}

test('a file that is named counts before the environment', async (t) => {
  const connection = await resolveConnection(
    { data: await dataDirectory(t) },
    { ...ENVIRONMENT, ASSAY_URL: 'http://e' },
  );
  assert.deepEqual(connection.credential, { kind: 'client-secret', clientSecret: 'file-secret' });
  assert.equal(connection.url, 'http://127.0.0.1:1234');
  assert.equal(connection.authority, 'http://127.0.0.1:1234');
});

test('without a file the environment counts, and the endpoints are those of Microsoft', async () => {
  const connection = await resolveConnection({}, ENVIRONMENT);
  assert.equal(connection.tenantId, 'env-tenant');
  assert.equal(connection.url, 'https://manage.devcenter.microsoft.com');
  assert.equal(connection.authority, 'https://login.microsoftonline.com');
});

test('a service of its own is its own authority unless another is named', async () => {
  const own = await resolveConnection({}, { ...ENVIRONMENT, ASSAY_URL: 'https://assay.example' });
  assert.equal(own.authority, 'https://assay.example');
  const variables = {
    ...ENVIRONMENT,
    ASSAY_URL: 'https://assay.example',
    AZURE_AUTHORITY_HOST: 'https://login.example/',
  };
  assert.equal((await resolveConnection({}, variables)).authority, 'https://login.example');
});

test('the authority of a file is not used for another service', async (t) => {
  const connection = await resolveConnection({ data: await dataDirectory(t), url: 'https://other.example' }, {});
  assert.equal(connection.authority, 'https://other.example');
});

test('single flags override', async (t) => {
  const data = await dataDirectory(t);
  await writeFile(join(data, 'secret'), 'flag-secret\n');
  const connection = await resolveConnection(
    { data, tenant: 'flag-tenant', clientSecretFile: join(data, 'secret') },
    ENVIRONMENT,
  );
  assert.equal(connection.tenantId, 'flag-tenant');
  assert.equal(connection.clientId, 'file-client');
  assert.deepEqual(connection.credential, { kind: 'client-secret', clientSecret: 'flag-secret' });
});

test('half an identity is an error that names what is missing', async () => {
  await assert.rejects(resolveConnection({}, { AZURE_TENANT_ID: 't' }), {
    exitCode: 4,
    message: /AZURE_CLIENT_ID, AZURE_CLIENT_SECRET missing/,
  });
});

test('no credentials, a missing file, and a file that is none are errors', async (t) => {
  await assert.rejects(resolveConnection({}, {}), { exitCode: 4 });
  const directory = await temporaryDirectory(t);
  await assert.rejects(resolveConnection({ data: directory }, ENVIRONMENT), { exitCode: 4 });
  await writeFile(join(directory, 'credentials.json'), 'not json');
  await assert.rejects(resolveConnection({ data: directory }, ENVIRONMENT), { exitCode: 2 });
});

test('a URL that is none is refused', async () => {
  await assert.rejects(resolveConnection({ url: 'ftp://x' }, ENVIRONMENT), { exitCode: 2 });
});

test('the kinds of credentials in the environment, in the order of the Azure libraries', async () => {
  const identity = { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c' };
  const github = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example/oidc?v=1',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job',
  };
  const federated = { ...github, AZURE_FEDERATED_TOKEN_FILE: 'token' };
  const certificate = { ...federated, AZURE_CLIENT_CERTIFICATE_PATH: 'c.pem', AZURE_CLIENT_CERTIFICATE_PASSWORD: 'p' };
  const secret = { ...certificate, AZURE_CLIENT_SECRET: 's' };
  const token = { ...secret, ASSAY_ACCESS_TOKEN: 'opaque' };
  const kinds = [];
  for (const variables of [github, federated, certificate, secret, token]) {
    kinds.push((await resolveConnection({}, { ...identity, ...variables })).credential.kind);
  }
  assert.deepEqual(kinds, ['github-oidc', 'federated-token-file', 'certificate', 'client-secret', 'access-token']);
});

test('what GitHub sets for every job is no wish to sign in', async () => {
  const github = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example/', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job' };
  await assert.rejects(resolveConnection({}, github), { exitCode: 4, message: /No credentials were found/ });
});

test("SDCM's variables are an identity and a service of their own; the AZURE_ ones count first, halves of both never together", async () => {
  const sdcm = {
    SDCM_CREDS_TENANTID: 'sdcm-tenant',
    SDCM_CREDS_CLIENTID: 'sdcm-client',
    SDCM_CREDS_KEY: 'sdcm-key',
    SDCM_CREDS_URL: 'https://assay.example/',
    SDCM_CREDS_URLPREFIX: '/v2.0/my/',
  };
  const connection = await resolveConnection({}, sdcm);
  assert.equal(connection.tenantId, 'sdcm-tenant');
  assert.deepEqual(connection.credential, { kind: 'client-secret', clientSecret: 'sdcm-key' });
  assert.equal(connection.url, 'https://assay.example');
  assert.equal((await resolveConnection({}, { ...sdcm, ...ENVIRONMENT })).tenantId, 'env-tenant');
  const half = await resolveConnection({}, { ...sdcm, AZURE_TENANT_ID: 'env-tenant' });
  assert.equal(half.tenantId, 'sdcm-tenant');
  assert.equal(
    (await resolveConnection({}, { ...sdcm, ASSAY_URL: 'https://first.example' })).url,
    'https://first.example',
  );
  await assert.rejects(resolveConnection({}, { ...sdcm, SDCM_CREDS_URLPREFIX: 'v1.0/my' }), { exitCode: 2 });
});

test('two credentials by flags are refused', async () => {
  const flags = { tenant: 't', clientId: 'c', clientCertificateFile: 'a', federatedTokenFile: 'b' };
  await assert.rejects(resolveConnection(flags, {}), { exitCode: 2, message: /--client-certificate-file/ });
});

test('flags leave a ready token aside, for it has no parts', async () => {
  const connection = await resolveConnection({ tenant: 'flag' }, { ...ENVIRONMENT, ASSAY_ACCESS_TOKEN: 'opaque' });
  assert.equal(connection.tenantId, 'flag');
  assert.equal(connection.credential.kind, 'client-secret');
});

test('flags complete what the environment has begun', async () => {
  const half = { AZURE_TENANT_ID: 'env-tenant', AZURE_CLIENT_ID: 'env-client' };
  const connection = await resolveConnection({ clientCertificateFile: 'ci.pem' }, half);
  assert.equal(connection.tenantId, 'env-tenant');
  assert.deepEqual(connection.credential, { kind: 'certificate', path: 'ci.pem', password: undefined });
  assert.match(connection.identitySource, /^the flags and AZURE_TENANT_ID/);
  await assert.rejects(resolveConnection({ tenant: 't' }, {}), {
    exitCode: 4,
    message: /flags are not complete: --client-id, --client-secret-file missing/,
  });
  const whole = await resolveConnection({ tenant: 't', clientId: 'c', clientCertificateFile: 'ci.pem' }, half);
  assert.equal(whole.identitySource, 'the flags');
});
