import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  addClientSecret,
  createAccount,
  createApplication,
  findAccount,
  findAccountOfTenant,
  findApplication,
  listClientSecrets,
  listSubmissionCertificates,
  registerSubmissionCertificate,
  rolesOf,
} from '../../src/store/accounts.ts';
import { plain, testOnEachDatabase } from './test-databases.ts';

const clock = (): Date => new Date('2026-03-04T05:06:07Z');

testOnEachDatabase('an account is found by its seller id and by its tenant, whatever the case', async (database) => {
  const tenantId = 'ABCDEF01-2345-6789-abcd-ef0123456789';
  const account = await createAccount(database, { name: 'Contoso', legalName: 'Contoso Ltd.', tenantId }, clock);
  assert.match(String(account.id), /^\d{8}$/);
  assert.deepEqual(plain(await findAccount(database, account.id)), account);
  assert.deepEqual(plain(await findAccountOfTenant(database, tenantId)), account);
  assert.equal(await findAccount(database, account.id + 1n), undefined);
  assert.equal(await findAccountOfTenant(database, 'elsewhere'), undefined);
});

testOnEachDatabase('an account keeps a 64-bit id exactly', async (database) => {
  const id = 2n ** 63n - 1n;
  await createAccount(database, { name: 'Largest', id }, clock);
  assert.equal((await findAccount(database, id))?.id, id);
});

testOnEachDatabase('an application is found with its tenant and roles', async (database) => {
  const account = await createAccount(database, { name: 'Contoso' }, clock);
  const roles = ['Driver Submitter', 'Shipping Label Owner'] as const;
  const made = await createApplication(database, { accountId: account.id, name: 'CI', roles }, clock);
  const found = await findApplication(database, made.client_id.toUpperCase());
  assert.deepEqual(plain(found), { ...made, tenant_id: account.tenant_id });
  assert.deepEqual(rolesOf(made), roles);
});

testOnEachDatabase('a client secret is returned once and kept only as its hash', async (database) => {
  const account = await createAccount(database, { name: 'Contoso' }, clock);
  const { client_id: clientId } = await createApplication(
    database,
    { accountId: account.id, name: 'CI', roles: ['Manager'] },
    clock,
  );
  const expiresAt = new Date('2026-04-01T00:00:00Z');
  const description = 'build server';
  const { id, secret } = await addClientSecret(database, { clientId, expiresAt, description }, clock);
  const other = await addClientSecret(database, { clientId }, clock);
  assert.ok(Buffer.from(secret, 'base64url').length === 32, 'the secret has 256 bits');
  assert.notEqual(secret, other.secret);
  const rows = await database.selectFrom('client_secrets').selectAll().execute();
  assert.equal(JSON.stringify(rows).includes(secret), false);
  const stored = await listClientSecrets(database, clientId);
  assert.deepEqual(plain(stored.find(({ expires_at }) => expires_at === expiresAt.toISOString())), {
    id,
    created_at: clock().toISOString(),
    description: 'build server',
    hint: secret.slice(0, 3),
    last_used_on: null,
    secret_hash: createHash('sha256').update(secret).digest('hex'),
    expires_at: expiresAt.toISOString(),
  });
  assert.equal(stored.length, 2);
});

testOnEachDatabase('a submission certificate is registered once for each account', async (database) => {
  const [first, second] = [
    await createAccount(database, { name: 'One' }, clock),
    await createAccount(database, { name: 'Two' }, clock),
  ];
  const certificate = { thumbprint: 'AB'.repeat(32), subject: 'CN=Contoso', bytes: new Uint8Array([0x30, 0x00]) };
  for (const { id } of [first, first, second]) {
    await registerSubmissionCertificate(database, { accountId: id, certificate }, clock);
  }
  const [registered, ...others] = await listSubmissionCertificates(database, first.id);
  assert.equal(others.length, 0);
  assert.deepEqual(plain(registered), {
    account_id: first.id,
    thumbprint: 'ab'.repeat(32),
    subject: 'CN=Contoso',
    certificate: 'MAA=',
    registered_at: clock().toISOString(),
    issuer: null,
    not_before: null,
    not_after: null,
    is_extended_validation: null,
    registered_by: null,
  });
  assert.equal((await listSubmissionCertificates(database, second.id)).length, 1);
});
