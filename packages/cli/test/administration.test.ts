// Accounts, applications, secrets, certificates and the audit log, administered as an operator does: from the command line.
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import {
  bytesSource,
  type Certificate,
  createCertificate,
  createLocalKey,
  encodePem,
  OID,
  rewriteBytes,
  signFile,
  writePkcs12,
} from '@assay/authenticode';
import { type Finished, runAssay, temporaryDirectory } from './run-assay.ts';
import { startServerProcess } from './running-server.ts';

interface Setting {
  readonly directory: string;
  readonly sellerId: string;
  readonly clientId: string;
  /** Runs a command that must end well; gives what it printed. */
  run(...args: readonly string[]): Promise<Finished>;
  /** Runs a command that must end with this code; gives what it said. */
  fail(code: number, ...args: readonly string[]): Promise<string>;
}

async function setUp(t: TestContext): Promise<Setting> {
  const directory = await temporaryDirectory(t);
  const run = async (...args: readonly string[]): Promise<Finished> => {
    const finished = await runAssay(directory, args);
    assert.equal(finished.code, 0, finished.stderr);
    return finished;
  };
  const account = JSON.parse((await run('account', 'create', '--name', 'Contoso', '-o', 'json')).stdout);
  const application = JSON.parse(
    (await run('application', 'create', '--name', 'CI', '--role', 'Driver Submitter', '-o', 'json')).stdout,
  );
  return {
    directory,
    sellerId: account.sellerId,
    clientId: application.clientId,
    run,
    async fail(code, ...args) {
      const finished = await runAssay(directory, args);
      assert.equal(finished.code, code, finished.stderr);
      assert.equal(finished.stdout, '');
      return finished.stderr;
    },
  };
}

function makeSigner(): { readonly privateKey: KeyObject; readonly certificate: Certificate } {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = createCertificate({
    subject: { commonName: 'Contoso' },
    ...pair,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extendedKeyUsages: [OID.codeSigning],
  });
  return { privateKey: pair.privateKey, certificate };
}

test('an account with its application can be made, shown and changed', async (t) => {
  const { run, fail, sellerId, clientId } = await setUp(t);
  assert.match((await run('account', 'list')).stdout, new RegExp(`^${sellerId} +Contoso +Contoso`, 'm'));
  const shown = JSON.parse((await run('account', 'show', '-o', 'json')).stdout);
  assert.deepEqual(
    shown.applications.map((application: { clientId: string }) => application.clientId),
    [clientId],
  );
  assert.match((await run('application', 'show', clientId)).stdout, /^roles +Driver Submitter$/m);
  await run('application', 'roles', clientId, 'manager', 'shipping-label-owner');
  const [listed] = JSON.parse((await run('application', 'list', '--account', sellerId, '-o', 'json')).stdout);
  assert.deepEqual(listed.roles, ['Manager', 'Shipping Label Owner']);
  await run('application', 'disable', clientId);
  assert.match((await run('application', 'list')).stdout, /disabled/);
  await run('application', 'enable', clientId);
  assert.match(await fail(10, 'application', 'roles', clientId, 'Admin'), /The roles are: Manager/);
  assert.match(await fail(3, 'application', 'show', '00000000-0000-4000-8000-000000000000'), /no application/);
  assert.match(await fail(3, 'account', 'show', '1'), /no account/);
  assert.match(await fail(5, 'account', 'create', '--name', 'x', '--seller-id', sellerId), /seller id/);
  await run('account', 'create', '--name', 'Fabrikam');
  assert.match(await fail(10, 'certificate', 'list'), /several accounts/);
  assert.match(await fail(3, 'account', 'list', '--data', 'elsewhere'), /holds no installation/);
});

test('a secret is printed once, or written to a file that only its owner can read; the third is refused', async (t) => {
  const { run, fail, clientId, directory } = await setUp(t);
  const first = await run('application', 'secret', 'add', clientId, '--description', 'old');
  assert.match(first.stdout, /^[A-Za-z0-9_-]{43}\n$/);
  const secret = first.stdout.trim();
  assert.ok(!first.stderr.includes(secret));
  const second = await run('application', 'secret', 'add', clientId, '--secret-file', 'new.secret', '--days', '30');
  assert.equal(second.stdout, 'new.secret\n');
  const file = join(directory, 'new.secret');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const written = (await readFile(file, 'utf8')).trim();
  assert.ok(!second.stderr.includes(written));
  assert.match(
    await fail(2, 'application', 'secret', 'add', clientId, '--secret-file', 'new.secret'),
    /exists already/,
  );
  assert.match(await fail(5, 'application', 'secret', 'add', clientId), /has 2 working secrets already\. Remove/);

  const table = (await run('application', 'secret', 'list', clientId)).stdout;
  const listed = JSON.parse((await run('application', 'secret', 'list', clientId, '-o', 'json')).stdout);
  for (const value of [secret, written]) assert.ok(!table.includes(value) && !JSON.stringify(listed).includes(value));
  assert.deepEqual(
    listed.map(({ hint }: { hint: string }) => hint),
    [secret.slice(0, 3), written.slice(0, 3)],
  );
  await run('application', 'secret', 'remove', clientId, listed[0].id);
  await fail(3, 'application', 'secret', 'remove', clientId, listed[0].id);
  const third = JSON.parse((await run('application', 'secret', 'add', clientId, '-o', 'json')).stdout);
  assert.equal(third.secret.slice(0, 3), third.hint);

  const log = (await run('audit', 'export')).stdout;
  for (const value of [secret, written, third.secret]) assert.ok(!log.includes(value));
});

test('a secret that cannot be written to its file is not made', async (t) => {
  const { run, clientId, directory } = await setUp(t);
  await writeFile(join(directory, 'file'), '');
  const failed = await runAssay(directory, ['application', 'secret', 'add', clientId, '--secret-file', 'file/secret']);
  assert.equal(failed.code, 8, failed.stderr);
  assert.deepEqual(JSON.parse((await run('application', 'secret', 'list', clientId, '-o', 'json')).stdout), []);
});

test('certificates are registered from PEM, DER and PKCS#12 files, and by signing a file', async (t) => {
  const { run, fail, directory } = await setUp(t);
  const [pem, der, p12, shown] = [makeSigner(), makeSigner(), makeSigner(), makeSigner()];
  await writeFile(join(directory, 'a.pem'), encodePem('CERTIFICATE', pem.certificate.bytes));
  await writeFile(join(directory, 'b.cer'), der.certificate.bytes);
  await writeFile(join(directory, 'c.p12'), writePkcs12({ ...p12, chain: [], password: 'open sesame' }));
  await writeFile(join(directory, 'password'), 'open sesame\n');
  await writeFile(join(directory, 'd.txt'), 'no certificate');

  const registered = JSON.parse((await run('certificate', 'register', 'a.pem', '-o', 'json')).stdout);
  assert.deepEqual([registered.created, registered.thumbprint], [true, pem.certificate.thumbprint]);
  assert.match((await run('certificate', 'register', 'a.pem')).stderr, /registered already/);
  await run('certificate', 'register', 'b.cer');
  assert.match(await fail(10, 'certificate', 'register', 'c.p12'), /password does not open/);
  await run('certificate', 'register', 'c.p12', '--password-file', 'password');
  assert.match(await fail(10, 'certificate', 'register', 'd.txt'), /holds no certificate/);
  assert.match(await fail(8, 'certificate', 'register', 'none.cer'), /ENOENT/);

  await run('certificate', 'signable-file', '--out', 'SignableFile.bin');
  const file = join(directory, 'SignableFile.bin');
  const source = bytesSource(await readFile(file));
  assert.match(await fail(10, 'certificate', 'register', 'SignableFile.bin'), /not signed/);
  const key = createLocalKey({ ...shown, chain: [] });
  await writeFile(file, await rewriteBytes(source, await signFile(source, { key })));
  await run('certificate', 'register', 'SignableFile.bin');

  const listed = JSON.parse((await run('certificate', 'list', '-o', 'json')).stdout);
  const thumbprints = [pem, der, p12, shown].map(({ certificate }) => certificate.thumbprint);
  assert.deepEqual(listed.map(({ thumbprint }: { thumbprint: string }) => thumbprint).sort(), thumbprints.sort());
  await run('certificate', 'remove', pem.certificate.thumbprint);
  await fail(3, 'certificate', 'remove', pem.certificate.thumbprint);
});

test('an application gets certificates to sign in with', async (t) => {
  const { run, fail, clientId, directory } = await setUp(t);
  const { certificate } = makeSigner();
  await writeFile(join(directory, 'ci.pem'), encodePem('CERTIFICATE', certificate.bytes));
  await run('application', 'certificate', 'add', clientId, 'ci.pem');
  assert.match((await run('application', 'certificate', 'list', clientId)).stdout, new RegExp(certificate.thumbprint));
  await run('application', 'certificate', 'remove', clientId, certificate.thumbprint);
  await fail(3, 'application', 'certificate', 'remove', clientId, certificate.thumbprint);
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const elliptic = createCertificate({
    subject: { commonName: 'EC' },
    ...pair,
    notBefore: new Date(Date.now() - 1_000),
    notAfter: new Date(Date.now() + 60_000),
  });
  await writeFile(join(directory, 'ec.pem'), encodePem('CERTIFICATE', elliptic.bytes));
  assert.match(await fail(10, 'application', 'certificate', 'add', clientId, 'ec.pem'), /must be RSA/);
});

test('the audit log is exported, filtered and verified; tampering ends with 8', async (t) => {
  const { run, sellerId, clientId, directory } = await setUp(t);
  const lines = (await run('audit', 'export', '--format', 'jsonl')).stdout.trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    entries.map(({ sequence, actor, action, entity, accountId }) => [sequence, actor, action, entity, accountId]),
    [
      [1, 'operator', 'account.create', `accounts/${sellerId}`, sellerId],
      [2, 'operator', 'application.create', `applications/${clientId}`, sellerId],
    ],
  );
  assert.equal(entries[1].previousHash, entries[0].hash);
  const filtered = (await run('audit', 'export', '--entity', `applications/${clientId}`)).stdout;
  assert.equal(filtered, `${lines[1]}\n`);
  assert.equal((await run('audit', 'export', '--correlation', 'none')).stdout, '');
  assert.equal((await run('audit', 'export', '--account', '1')).stdout, '');
  const good = JSON.parse((await run('audit', 'verify', '-o', 'json')).stdout);
  assert.deepEqual([good.ok, good.logs[0].entries, good.logs[0].lastHash], [true, '2', entries[1].hash]);

  const database = new DatabaseSync(join(directory, '.assay', 'assay.db'));
  database.exec(`update audit_entries set details = '{}' where sequence = 1`);
  const broken = await runAssay(directory, ['audit', 'verify']);
  assert.equal(broken.code, 8);
  assert.match(broken.stdout, /FAILED +audit +0 +entry 1 was changed after it was written/);
  assert.match(broken.stderr, /A log does not hold/);
  database.exec('delete from audit_entries where sequence = 2; ');
  database.close();
  assert.equal((await runAssay(directory, ['audit', 'verify', '-o', 'json'])).code, 8);
});

test('a running server takes what is administered beside it, and refuses a wrong list of issuers', async (t) => {
  const server = await startServerProcess(t);
  const { clientId, tenantId } = server.credentials;
  const { stdout } = await runAssay(server.directory, ['application', 'secret', 'add', clientId]);
  const ask = async (secret: string): Promise<number> => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
      resource: 'https://manage.devcenter.microsoft.com',
    });
    return (await fetch(`${server.url}/${tenantId}/oauth2/token`, { method: 'POST', body })).status;
  };
  assert.equal(await ask(stdout.trim()), 200);
  await runAssay(server.directory, ['application', 'disable', clientId]);
  assert.equal(await ask(stdout.trim()), 400);

  const folder = await temporaryDirectory(t);
  await writeFile(join(folder, 'issuers.json'), '{"issuers":[{"issuer":"http://login.example"}]}');
  const refused = await runAssay(folder, ['serve', '--port', '0', '--issuers', 'issuers.json']);
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /issuers\.json: issuers\[0\]\.issuer must be an https address/);
});
