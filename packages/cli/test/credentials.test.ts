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
  assert.equal(connection.clientSecret, 'file-secret');
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
  assert.equal(connection.clientSecret, 'flag-secret');
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
