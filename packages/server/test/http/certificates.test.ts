import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { identifySigner } from '../../src/inspector/operations/identify-signer.ts';
import { readAudit } from '../../src/store/audit.ts';
import { makeSigner, type Signer, signImage } from '../identity/signed-challenge.ts';
import { buildTestApp, type TestApp, type TestTenant } from './test-app.ts';

const PATH = '/assay/v1/certificates';
const EXTENDED_VALIDATION = '2.23.140.1.3';

interface Certificate {
  readonly thumbprint: string;
  readonly subject: string;
  readonly isExtendedValidation: boolean;
}

interface ErrorBody {
  readonly error: { readonly code: string; readonly validationErrors: readonly { readonly message: string }[] };
}

function build(t: TestContext): Promise<TestApp> {
  return buildTestApp(t, {
    examineSignedFile: ({ file, challenges, at }) =>
      identifySigner({ operation: 'identifySigner', file, challenges, at: at.getTime() }),
  });
}

async function download(built: TestApp, tenant?: TestTenant): Promise<Uint8Array> {
  const response = await built.call('GET', `${PATH}/signable-file`, undefined, tenant);
  assert.equal(response.statusCode, 200, response.body);
  return new Uint8Array(response.rawPayload);
}

async function upload(
  built: TestApp,
  file: Uint8Array,
  { tenant, type = 'application/octet-stream' }: { tenant?: TestTenant; type?: string | undefined } = {},
): Promise<LightMyRequestResponse> {
  const authorization = await built.authorize(tenant);
  const headers = { authorization, ...(type !== '' && { 'content-type': type }) };
  return built.app.inject({ method: 'POST', url: PATH, headers, payload: Buffer.from(file) });
}

async function list(built: TestApp, tenant?: TestTenant): Promise<readonly Certificate[]> {
  return (await built.call('GET', PATH, undefined, tenant)).json<{ value: Certificate[] }>().value;
}

function assertRefused(response: LightMyRequestResponse, reason: RegExp): void {
  assert.equal(response.statusCode, 400, response.body);
  const { error } = response.json<ErrorBody>();
  assert.equal(error.code, 'invalidInput');
  assert.match(error.validationErrors.map(({ message }) => message).join(' '), reason);
}

test('download, sign, upload: the certificate is registered, listed and removed', async (t) => {
  const built = await build(t);
  const signer = makeSigner(built.clock.now, { policies: [EXTENDED_VALIDATION] });
  const given = await built.call('GET', `${PATH}/signable-file`);
  assert.equal(given.headers['content-type'], 'application/octet-stream');
  assert.equal(given.headers['content-disposition'], 'attachment; filename="SignableFile.bin"');
  const response = await upload(built, await signImage(new Uint8Array(given.rawPayload), signer));
  assert.equal(response.statusCode, 201, response.body);
  const expected = {
    thumbprint: signer.certificate.thumbprint,
    subject: signer.certificate.subject,
    issuer: signer.certificate.issuer,
    notBefore: signer.certificate.notBefore.toISOString(),
    notAfter: signer.certificate.notAfter.toISOString(),
    isExtendedValidation: true,
    registeredBy: built.tenant.clientId,
    registeredDateTime: built.clock.now.toISOString(),
  };
  assert.deepEqual(response.json(), expected);
  assert.deepEqual(await list(built), [expected]);

  const path = `${PATH}/${signer.certificate.thumbprint.toUpperCase()}`;
  assert.equal((await built.call('DELETE', path)).statusCode, 204);
  assert.deepEqual(await list(built), []);
  assert.equal((await built.call('DELETE', path)).statusCode, 404);

  const changes: string[] = [];
  for await (const { action, actor, entity } of readAudit(built.database, { accountId: built.tenant.accountId })) {
    assert.equal(actor, built.tenant.clientId);
    changes.push(`${action} ${entity}`);
  }
  const entity = `certificates/${signer.certificate.thumbprint}`;
  assert.deepEqual(changes, [`certificate.register ${entity}`, `certificate.remove ${entity}`]);
});

test('any content type is taken, and none', async (t) => {
  const built = await build(t);
  for (const type of ['', 'text/plain', 'application/json', 'nonsense', 'multipart/form-data; boundary=x']) {
    const response = await upload(built, await signImage(await download(built), makeSigner(built.clock.now)), { type });
    assert.equal(response.statusCode, 201, `${type}: ${response.body}`);
  }
  assert.equal((await list(built)).length, 5);
});

test('a certificate that is registered already is answered with 200', async (t) => {
  const built = await build(t);
  const signer = makeSigner(built.clock.now);
  const statuses: number[] = [];
  for (const _ of [1, 2])
    statuses.push((await upload(built, await signImage(await download(built), signer))).statusCode);
  assert.deepEqual(statuses, [201, 200]);
  const [only, ...others] = await list(built);
  assert.equal(only?.isExtendedValidation, false);
  assert.equal(others.length, 0);
});

test('a file works once, for seven days, and for its own account', async (t) => {
  const built = await build(t);
  const signer = makeSigner(built.clock.now);
  const signed = await signImage(await download(built), signer);
  const other = await built.addTenant();
  await download(built, other);
  assertRefused(await upload(built, signed, { tenant: other }), /not one that this account was given/);
  assert.equal((await upload(built, signed)).statusCode, 201);
  assertRefused(await upload(built, signed), /or it was used/);
  const late = await signImage(await download(built), makeSigner(built.clock.now));
  const { expires_at } = await built.database
    .selectFrom('certificate_challenges')
    .select('expires_at')
    .where('account_id', '=', built.tenant.accountId)
    .executeTakeFirstOrThrow();
  assert.equal(Date.parse(expires_at) - built.clock.now.getTime(), 7 * 86_400_000);
  // The secret of the test's tenant does not live that long: the file is made older instead.
  await built.database
    .updateTable('certificate_challenges')
    .set({ expires_at: built.clock.now.toISOString() })
    .execute();
  assertRefused(await upload(built, late), /more than seven days old/);
});

test('the ten newest files work, those before them do not', async (t) => {
  const built = await build(t);
  const files: Uint8Array[] = [];
  for (let made = 0; made < 11; made++) {
    files.push(await download(built));
    built.clock.advance(1_000);
  }
  const [oldest, second] = await Promise.all(
    files.slice(0, 2).map((file) => signImage(file, makeSigner(built.clock.now))),
  );
  assert.ok(oldest && second);
  assertRefused(await upload(built, oldest), /not one that this account was given/);
  assert.equal((await upload(built, second)).statusCode, 201);
});

const FAULTS: readonly {
  readonly name: string;
  readonly reason: RegExp;
  readonly make: (file: Uint8Array, now: Date) => Promise<Uint8Array> | Uint8Array;
}[] = [
  { name: 'the file without a signature', reason: /not signed/, make: (file) => file },
  {
    name: 'a file that was changed after it was signed',
    reason: /was changed after it was signed/,
    make: async (file, now) => {
      const signed = await signImage(file, makeSigner(now));
      const at = signed.indexOf('Account'.charCodeAt(0), 0x200);
      signed[at] = (signed[at] ?? 0) ^ 1;
      return signed;
    },
  },
  {
    name: 'another image',
    reason: /not one that this account was given/,
    make: async (file, now) => {
      const other = file.slice();
      other[0x210] = 0x21;
      return signImage(other, makeSigner(now));
    },
  },
  {
    name: 'a certificate that is not for code signing',
    reason: /not for code signing/,
    make: (file, now) => signImage(file, makeSigner(now, { usages: ['1.3.6.1.5.5.7.3.1'] })),
  },
  {
    name: 'a certificate that has expired',
    reason: /The certificate expired on/,
    make: (file, now) => signImage(file, makeSigner(new Date(now.getTime() - 10 * 86_400_000), { days: 1 })),
  },
  { name: 'text', reason: /not an image any more/, make: () => new TextEncoder().encode('SignableFile') },
  { name: 'random bytes', reason: /not an image any more/, make: () => randomBytes(5_000) },
  {
    name: 'an image whose signature is noise',
    reason: /\w/,
    make: async (file, now) => {
      const signed = await signImage(file, makeSigner(now));
      signed.set(randomBytes(200), file.length + 8);
      return signed;
    },
  },
];

for (const { name, reason, make } of FAULTS) {
  test(`refused: ${name}`, async (t) => {
    const built = await build(t);
    const response = await upload(built, await make(await download(built), built.clock.now));
    assertRefused(response, reason);
    assert.deepEqual(await list(built), []);
  });
}

test('an empty body is refused, one over a megabyte is too large, and so is nothing registered', async (t) => {
  const built = await build(t);
  await download(built);
  assertRefused(await upload(built, new Uint8Array(0)), /must be the signed file/);
  assert.equal((await upload(built, new Uint8Array(1024 * 1024 + 1))).statusCode, 413);
  assert.equal((await upload(built, new Uint8Array(1024 * 1024))).statusCode, 400);
});

test('only a manager registers certificates, and only sees the own account', async (t) => {
  const built = await build(t);
  const submitter = await built.addTenant(['Driver Submitter']);
  for (const [method, path] of [
    ['GET', PATH],
    ['GET', `${PATH}/signable-file`],
    ['POST', PATH],
    ['DELETE', `${PATH}/${'0'.repeat(64)}`],
  ] as const) {
    assert.equal((await built.call(method, path, undefined, submitter)).statusCode, 403, `${method} ${path}`);
    assert.equal((await built.app.inject({ method, url: path })).statusCode, 401);
  }
  const signer: Signer = makeSigner(built.clock.now);
  assert.equal((await upload(built, await signImage(await download(built), signer))).statusCode, 201);
  const other = await built.addTenant();
  assert.deepEqual(await list(built, other), []);
  const foreign = await built.call('DELETE', `${PATH}/${signer.certificate.thumbprint}`, undefined, other);
  const unknown = await built.call('DELETE', `${PATH}/${'0'.repeat(64)}`, undefined, other);
  const malformed = await built.call('DELETE', `${PATH}/x`, undefined, other);
  assert.deepEqual([foreign.statusCode, foreign.body], [unknown.statusCode, unknown.body]);
  assert.deepEqual([malformed.statusCode, malformed.body], [unknown.statusCode, unknown.body]);
  assert.equal((await list(built)).length, 1);
});

test('a server that cannot open files says so', async (t) => {
  const built = await buildTestApp(t);
  const response = await upload(built, await signImage(await download(built), makeSigner(built.clock.now)));
  assert.equal(response.statusCode, 503);
});
