import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { type Administration, AdministrationError, openAdministration } from '../../src/index.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ASSERTION_TYPE, digestOf, makeApplicationKey } from '../identity/application-key.ts';
import { makeSigner, signImage } from '../identity/signed-challenge.ts';
import { readCredentials, runService, temporaryFolder } from '../pipeline/running-service.ts';

type After = { after(cleanup: () => unknown): void };

async function open(t: After, dataDirectory: string, create = true): Promise<Administration> {
  const administration = await openAdministration({ dataDirectory, create });
  t.after(() => administration.close());
  return administration;
}

const refused = (kind: string, message: RegExp) => (error: Error) => {
  assert.ok(error instanceof AdministrationError, String(error.stack));
  assert.equal(error.kind, kind);
  assert.match(error.message, message);
  return true;
};

test('an installation that is not there is not made by looking at it', async (t) => {
  const folder = temporaryFolder(t);
  const dataDirectory = join(folder, 'none');
  await assert.rejects(open(t, dataDirectory, false), refused('noInstallation', /holds no installation/));
  await assert.rejects(open(t, dataDirectory, false), refused('noInstallation', /holds no installation/));
});

test('accounts: create, list, the only one, several, and what is taken', async (t) => {
  const { accounts } = await open(t, temporaryFolder(t));
  await assert.rejects(accounts.require(), refused('notFound', /no account yet/));
  const tenantId = 'ABCDEF01-2345-4678-9abc-def012345678';
  const made = await accounts.create({ name: ' Contoso ', legalName: 'Contoso Ltd.', sellerId: 12_345_678n, tenantId });
  assert.deepEqual(
    { ...made, createdAt: '' },
    {
      sellerId: '12345678',
      name: 'Contoso',
      legalName: 'Contoso Ltd.',
      tenantId: tenantId.toLowerCase(),
      createdAt: '',
    },
  );
  assert.deepEqual(await accounts.require(), made);
  await assert.rejects(accounts.create({ name: 'x', sellerId: 12_345_678n }), refused('invalidState', /seller id/));
  await assert.rejects(accounts.create({ name: 'x', tenantId }), refused('invalidState', /tenant id already/));
  await assert.rejects(accounts.create({ name: 'x', tenantId: 'contoso.example' }), refused('invalidInput', /GUID/));
  await assert.rejects(accounts.create({ name: ' ' }), refused('invalidInput', /empty/));
  await accounts.create({ name: 'Fabrikam' });
  await assert.rejects(accounts.require(), refused('invalidInput', /several accounts/));
  await assert.rejects(accounts.require(1n), refused('notFound', /seller id 1/));
  assert.deepEqual(
    (await accounts.list()).map(({ name }) => name),
    ['Contoso', 'Fabrikam'],
  );
});

test('applications: roles in any spelling, replaced, and what does not exist', async (t) => {
  const { accounts, applications } = await open(t, temporaryFolder(t));
  const sellerId = BigInt((await accounts.create({ name: 'Contoso' })).sellerId);
  const roles = ['driver-submitter', 'Driver Submitter', 'SHIPPING_LABEL_OWNER'];
  const made = await applications.create({ sellerId, name: 'CI', roles });
  assert.deepEqual(made.roles, ['Driver Submitter', 'Shipping Label Owner']);
  assert.deepEqual((await applications.setRoles(made.clientId, ['manager'])).roles, ['Manager']);
  await assert.rejects(applications.setRoles(made.clientId, ['Admin']), refused('invalidInput', /no role "Admin"/));
  await assert.rejects(applications.setRoles(made.clientId, []), refused('invalidInput', /needs a role/));
  const taken = { sellerId, name: 'x', roles: ['Manager'], clientId: made.clientId };
  await assert.rejects(applications.create(taken), refused('invalidState', /already/));
  const unknown = '00000000-0000-4000-8000-000000000000';
  await assert.rejects(applications.require(unknown), refused('notFound', /no application/));
  await assert.rejects(applications.setDisabled(unknown, true), refused('notFound', /no application/));
  assert.ok((await applications.setDisabled(made.clientId, true)).disabledAt);
  assert.equal((await applications.setDisabled(made.clientId, false)).disabledAt, undefined);
  assert.equal((await applications.list(sellerId)).length, 1);
  assert.equal((await applications.list(1n)).length, 0);
});

test('secrets: two at a time, listed without what is secret, removed', async (t) => {
  const { accounts, applications, secrets, logs } = await open(t, temporaryFolder(t));
  const sellerId = BigInt((await accounts.create({ name: 'Contoso' })).sellerId);
  const { clientId } = await applications.create({ sellerId, name: 'CI', roles: ['Manager'] });
  const first = await secrets.add(clientId, { description: 'old' });
  const second = await secrets.add(clientId, { expiresAt: new Date(Date.now() + 86_400_000) });
  await assert.rejects(secrets.add(clientId), refused('invalidState', /2 working secrets already\. Remove the one/));
  const past = { expiresAt: new Date(Date.now() - 1) };
  await assert.rejects(secrets.add(clientId, past), refused('invalidInput', /in the future/));
  const centuries = { expiresAt: new Date(Date.now() + 10 * 365 * 86_400_000) };
  await assert.rejects(secrets.add(clientId, centuries), refused('invalidInput', /within two years/));
  const listed = await secrets.list(clientId);
  assert.deepEqual(
    listed.map(({ id, hint }) => [id, hint]),
    [
      [first.id, first.secret.slice(0, 3)],
      [second.id, second.secret.slice(0, 3)],
    ],
  );
  await secrets.remove(clientId, first.id);
  await assert.rejects(secrets.remove(clientId, first.id), refused('notFound', /no secret with the id/));
  const actions: string[] = [];
  for await (const entry of logs.read({ entity: `applications/${clientId}` })) {
    assert.equal(entry.actor, 'operator');
    assert.equal(entry.accountId, String(sellerId));
    actions.push(entry.action);
    for (const secret of [first.secret, second.secret]) assert.ok(!JSON.stringify(entry.details).includes(secret));
  }
  assert.deepEqual(actions, [
    'application.create',
    'application.secret.add',
    'application.secret.add',
    'application.secret.remove',
  ]);
});

test('submission certificates: by the certificate, by a signed file, only when they may sign code', async (t) => {
  const { accounts, certificates } = await open(t, temporaryFolder(t));
  const sellerId = BigInt((await accounts.create({ name: 'Contoso' })).sellerId);
  const direct = makeSigner(new Date(), { policies: ['2.23.140.1.3', '1.2.3'] });
  const { certificate, created } = await certificates.register(sellerId, direct.certificate);
  assert.deepEqual([created, certificate.isExtendedValidation, certificate.registeredBy], [true, true, 'operator']);
  assert.equal((await certificates.register(sellerId, direct.certificate)).created, false);
  const server = makeSigner(new Date(), { usages: ['1.3.6.1.5.5.7.3.1'] });
  await assert.rejects(certificates.register(sellerId, server.certificate), refused('invalidInput', /not for code/));
  const old = makeSigner(new Date(Date.now() - 99 * 86_400_000));
  await assert.rejects(certificates.register(sellerId, old.certificate), refused('invalidInput', /expired/));
  const shown = makeSigner(new Date());
  const file = await certificates.makeSignableFile(sellerId);
  const signed = await signImage(file, shown);
  assert.equal((await certificates.registerSignedFile(sellerId, signed)).created, true);
  await assert.rejects(certificates.registerSignedFile(sellerId, signed), refused('invalidInput', /was used/));
  assert.deepEqual((await certificates.list(sellerId)).map(({ thumbprint }) => thumbprint).sort(), [
    ...[direct, shown].map((signer) => signer.certificate.thumbprint).sort(),
  ]);
  await certificates.remove(sellerId, direct.certificate.thumbprint.toUpperCase());
  await assert.rejects(certificates.remove(sellerId, direct.certificate.thumbprint), refused('notFound', /registered/));
});

test('both logs are verified, and what was tampered with is named', async (t) => {
  const dataDirectory = temporaryFolder(t);
  const { accounts, logs } = await open(t, dataDirectory);
  for (const name of ['One', 'Two', 'Three']) await accounts.create({ name });
  const good = await logs.verify();
  assert.deepEqual(
    good.map(({ log, ok, entries }) => [log, ok, entries]),
    [
      ['audit', true, 3n],
      ['signatures', true, 0n],
    ],
  );
  const database = await openDatabase({ file: join(dataDirectory, 'assay.db') });
  t.after(() => database.destroy());
  await database.updateTable('audit_entries').set({ actor: 'nobody' }).where('sequence', '=', 2n).execute();
  const [audit] = await logs.verify();
  assert.deepEqual(
    [audit?.ok, audit?.entries, audit?.problem],
    [false, 1n, 'entry 2 was changed after it was written'],
  );
});

test('a running service notices what is administered beside it', async (t) => {
  const { api, credentials, dataDirectory } = await runService(t);
  const { applications, secrets } = await open(t, dataDirectory, false);
  const products = async (authorization: string) =>
    (await fetch(`${credentials.url}/v2.0/my/hardware/products`, { headers: { authorization } })).status;
  const authorization = `Bearer ${await api.token()}`;
  assert.equal(await products(authorization), 200);
  await applications.setRoles(credentials.clientId, ['Shipping Label Owner']);
  assert.equal(
    (await fetch(`${credentials.url}/assay/v1/audit`, { headers: { authorization } })).status,
    403,
    'the role is gone at once',
  );
  await applications.setDisabled(credentials.clientId, true);
  assert.equal(await products(authorization), 401);
  await applications.setDisabled(credentials.clientId, false);
  await applications.setRoles(credentials.clientId, ['Manager']);
  assert.equal(await products(authorization), 200);
  const { secret } = await secrets.add(credentials.clientId);
  const [old] = await secrets.list(credentials.clientId);
  assert.ok(old);
  const ask = (clientSecret: string) =>
    fetch(`${credentials.authority}/${credentials.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: credentials.clientId,
        client_secret: clientSecret,
        scope: 'https://manage.devcenter.microsoft.com/.default',
      }),
    });
  assert.deepEqual([(await ask(credentials.clientSecret)).status, (await ask(secret)).status], [200, 200]);
  await secrets.remove(credentials.clientId, old.id);
  assert.deepEqual([(await ask(credentials.clientSecret)).status, (await ask(secret)).status], [401, 200]);
});

test('a lost credentials file is replaced; secrets of the operator are never touched for it', async (t) => {
  const dataDirectory = temporaryFolder(t);
  const start = async (): Promise<string> => {
    const cleanups: (() => unknown)[] = [];
    try {
      await runService({ after: (cleanup: () => unknown) => void cleanups.push(cleanup) } as never, { dataDirectory });
    } finally {
      for (const cleanup of cleanups) await cleanup();
    }
    return readCredentials(dataDirectory).clientId;
  };
  const file = join(dataDirectory, 'credentials.json');
  const clientId = await start();
  const administration = await open(t, dataDirectory, false);
  for (const _ of [1, 2, 3]) {
    rmSync(file);
    assert.equal(await start(), clientId);
    assert.ok((await administration.secrets.list(clientId)).length <= 2);
  }
  for (const { id } of await administration.secrets.list(clientId)) await administration.secrets.remove(clientId, id);
  for (const _ of [1, 2]) await administration.secrets.add(clientId);
  rmSync(file);
  await start().catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ENOENT'));
  assert.equal(existsSync(file), false);
  assert.equal((await administration.secrets.list(clientId)).length, 2);
});

test('an application signs in with its certificate at a running service', async (t) => {
  const { credentials, dataDirectory } = await runService(t);
  const { applicationCertificates } = await open(t, dataDirectory, false);
  const key = makeApplicationKey(new Date());
  const { clientId, tenantId } = credentials;
  const added = await applicationCertificates.add(clientId, key.certificate);
  assert.equal(added.thumbprint, key.certificate.thumbprint);
  const configuration = (await (
    await fetch(`${credentials.authority}/${tenantId}/v2.0/.well-known/openid-configuration`)
  ).json()) as { token_endpoint: string; token_endpoint_auth_methods_supported: string[] };
  assert.ok(configuration.token_endpoint_auth_methods_supported.includes('private_key_jwt'));
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'RS256', x5t: digestOf('sha1', key) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(configuration.token_endpoint)
    .setNotBefore('0s')
    .setExpirationTime('10m')
    .sign(key.privateKey);
  const response = await fetch(configuration.token_endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: ASSERTION_TYPE,
      client_assertion: assertion,
      scope: 'https://manage.devcenter.microsoft.com/.default',
    }),
  });
  assert.equal(response.status, 200, await response.clone().text());
  await applicationCertificates.remove(clientId, added.thumbprint);
  assert.deepEqual(await applicationCertificates.list(clientId), []);
});
