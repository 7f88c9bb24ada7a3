import assert from 'node:assert/strict';
import { createAccount, createApplication } from '../../src/store/accounts.ts';
import {
  addApplicationCertificate,
  listApplicationCertificates,
  removeApplicationCertificate,
  takeAssertionId,
} from '../../src/store/application-certificates.ts';
import { appendAudit, listAuditPage } from '../../src/store/audit.ts';
import {
  addClientSecret,
  listClientSecrets,
  noteSecretUse,
  removeClientSecret,
  TooManySecrets,
} from '../../src/store/client-secrets.ts';
import type { Database } from '../../src/store/database.ts';
import {
  addChallenge,
  findSubmissionCertificate,
  listChallenges,
  MAXIMUM_CHALLENGES,
  registerSubmissionCertificate,
  removeSubmissionCertificate,
  takeChallenge,
} from '../../src/store/submission-certificates.ts';
import { plain, testOnEachDatabase } from './test-databases.ts';

const NOW = '2026-03-04T05:06:07.000Z';
const clock = (): Date => new Date(NOW);
const later = (milliseconds: number) => (): Date => new Date(Date.parse(NOW) + milliseconds);
const DAY_MS = 86_400_000;

async function makeApplication(database: Database): Promise<{ clientId: string; accountId: bigint }> {
  const { id } = await createAccount(database, { name: 'Contoso' }, clock);
  const made = await createApplication(database, { accountId: id, name: 'CI', roles: ['Manager'] }, clock);
  return { clientId: made.client_id, accountId: id };
}

testOnEachDatabase('two secrets work at a time; expired ones do not count', async (database) => {
  const { clientId } = await makeApplication(database);
  const expiresAt = new Date(Date.parse(NOW) + DAY_MS);
  await addClientSecret(database, { clientId, expiresAt }, clock);
  const second = await addClientSecret(database, { clientId: clientId.toUpperCase() }, clock);
  await assert.rejects(addClientSecret(database, { clientId }, clock), TooManySecrets);
  await addClientSecret(database, { clientId }, later(DAY_MS));
  await assert.rejects(addClientSecret(database, { clientId }, later(DAY_MS)), TooManySecrets);
  assert.equal((await listClientSecrets(database, clientId)).length, 3);
  assert.equal(await removeClientSecret(database, clientId, second.id), true);
  assert.equal(await removeClientSecret(database, clientId, second.id), false);
});

testOnEachDatabase('of many that add a secret at once, two get one', async (database) => {
  const { clientId } = await makeApplication(database);
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => addClientSecret(database, { clientId }, clock)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
  for (const result of results) {
    if (result.status === 'rejected') assert.ok(result.reason instanceof TooManySecrets, String(result.reason));
  }
});

testOnEachDatabase(
  'the day of the last use is kept, and another application cannot remove a secret',
  async (database) => {
    const { clientId } = await makeApplication(database);
    const other = await makeApplication(database);
    await addClientSecret(database, { clientId }, clock);
    const [secret] = await listClientSecrets(database, clientId);
    assert.ok(secret);
    await noteSecretUse(database, secret, clock);
    assert.equal((await listClientSecrets(database, clientId))[0]?.last_used_on, '2026-03-04');
    await noteSecretUse(database, secret, later(DAY_MS));
    assert.equal((await listClientSecrets(database, clientId))[0]?.last_used_on, '2026-03-05');
    assert.equal(await removeClientSecret(database, other.clientId, secret.id), false);
  },
);

testOnEachDatabase('certificates of applications are kept with both thumbprints', async (database) => {
  const { clientId } = await makeApplication(database);
  const certificate = {
    bytes: new TextEncoder().encode('abc'),
    subject: 'CN=CI',
    notBefore: new Date(NOW),
    notAfter: new Date(Date.parse(NOW) + DAY_MS),
  };
  for (const _ of [1, 2]) await addApplicationCertificate(database, clientId, certificate, clock);
  const [row, ...others] = await listApplicationCertificates(database, clientId);
  assert.equal(others.length, 0);
  assert.deepEqual(plain(row), {
    client_id: clientId,
    thumbprint: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    sha1_thumbprint: 'a9993e364706816aba3e25717850c26c9cd0d89d',
    subject: 'CN=CI',
    certificate: 'YWJj',
    not_before: NOW,
    not_after: '2026-03-05T05:06:07.000Z',
    created_at: NOW,
  });
  assert.equal(await removeApplicationCertificate(database, clientId, row?.thumbprint ?? ''), true);
  assert.equal(await removeApplicationCertificate(database, clientId, row?.thumbprint ?? ''), false);
});

testOnEachDatabase('an assertion id is taken once for each application, until it expires', async (database) => {
  const expiresAt = new Date(Date.parse(NOW) + 600_000);
  const take = (clientId: string, id: string, at = clock) => takeAssertionId(database, { clientId, id, expiresAt }, at);
  assert.equal(await take('a', 'one'), true);
  assert.equal(await take('a', 'one'), false);
  assert.equal(await take('b', 'one'), true);
  assert.equal(await take('a', 'ONE'), true);
  const raced = await Promise.all([1, 2, 3, 4].map(() => take('a', 'raced')));
  assert.deepEqual(raced.sort(), [false, false, false, true]);
  assert.equal(await take('a', 'one', later(600_001)), true, 'forgotten; by then the assertion itself is refused');
});

testOnEachDatabase('a challenge is taken once, by its account, before it expires', async (database) => {
  const { accountId } = await makeApplication(database);
  const { accountId: other } = await makeApplication(database);
  const challenge = await addChallenge(database, accountId, clock);
  assert.match(challenge, /^[0-9a-f]{64}$/);
  assert.deepEqual(await listChallenges(database, accountId, clock), [challenge]);
  assert.deepEqual(await listChallenges(database, accountId, later(7 * DAY_MS)), []);
  assert.equal(await takeChallenge(database, other, challenge), false);
  assert.equal(await takeChallenge(database, accountId, challenge), true);
  assert.equal(await takeChallenge(database, accountId, challenge), false);
  const made: string[] = [];
  for (let count = 0; count <= MAXIMUM_CHALLENGES; count++) {
    made.push(await addChallenge(database, accountId, later(count * 1_000)));
  }
  assert.deepEqual(await listChallenges(database, accountId, clock), made.slice(1).reverse());
});

testOnEachDatabase('a submission certificate is recorded with its facts, found and removed', async (database) => {
  const { accountId } = await makeApplication(database);
  const { accountId: other } = await makeApplication(database);
  const certificate = {
    bytes: new Uint8Array([0x30, 0x00]),
    thumbprint: 'CD'.repeat(32),
    subject: 'CN=Contoso',
    issuer: 'CN=Issuer',
    notBefore: new Date(NOW),
    notAfter: new Date(Date.parse(NOW) + DAY_MS),
    isExtendedValidation: true,
  };
  const register = () =>
    registerSubmissionCertificate(database, { accountId, certificate, registeredBy: 'operator' }, clock);
  assert.deepEqual([await register(), await register()], [true, false]);
  assert.deepEqual(plain(await findSubmissionCertificate(database, accountId, certificate.thumbprint)), {
    account_id: accountId,
    thumbprint: 'cd'.repeat(32),
    subject: 'CN=Contoso',
    certificate: 'MAA=',
    registered_at: NOW,
    issuer: 'CN=Issuer',
    not_before: NOW,
    not_after: '2026-03-05T05:06:07.000Z',
    is_extended_validation: 1n,
    registered_by: 'operator',
  });
  assert.equal(await findSubmissionCertificate(database, other, certificate.thumbprint), undefined);
  assert.equal(await removeSubmissionCertificate(database, other, certificate.thumbprint), false);
  assert.equal(await removeSubmissionCertificate(database, accountId, certificate.thumbprint), true);
});

testOnEachDatabase('pages of the audit log hold only the own entries, in order', async (database) => {
  const { accountId } = await makeApplication(database);
  for (let count = 0; count < 5; count++) {
    await database.transaction().execute(async (transaction) => {
      const change = { accountId: count % 2 === 0 ? accountId : null, action: 'test', entity: `x/${count}` };
      await appendAudit(transaction, { actor: 'a', correlationId: count < 3 ? 'early' : 'late' }, change, clock);
    });
  }
  const page = async (after: bigint, filter: { entity?: string; correlationId?: string } = {}) => {
    const full = { entity: filter.entity, correlationId: filter.correlationId };
    const { rows, more } = await listAuditPage(database, accountId, full, { after, limit: 2 });
    return [rows.map(({ entity }) => entity), more] as const;
  };
  assert.deepEqual(await page(0n), [['x/0', 'x/2'], true]);
  assert.deepEqual(await page(3n), [['x/4'], false]);
  assert.deepEqual(await page(0n, { correlationId: 'late' }), [['x/4'], false]);
  assert.deepEqual(await page(0n, { entity: 'x/2' }), [['x/2'], false]);
  assert.deepEqual(await page(0n, { entity: 'x/1' }), [[], false]);
});
