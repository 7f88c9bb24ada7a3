// The log of signatures on every database there is, and the signer process behind it.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  ASSAY_TIMESTAMP_POLICY,
  type CertificateRequest,
  createLocalKey,
  createTimestamper,
  encodeIndirectData,
  OID,
  parseSignedData,
  pe,
  SigningError,
  TIMESTAMP_AUTHORITY_USAGE,
  type Timestamper,
  verifyTimestampToken,
} from '@assay/authenticode';
import { systemClock } from '../../src/clock.ts';
import { resolveProfiles, SigningProfileError } from '../../src/signing/profiles.ts';
import { openSigner, type SignerKey } from '../../src/signing/signer.ts';
import { createSigningService, type SigningRequest, type SigningService } from '../../src/signing/signing-service.ts';
import { createTimestamps } from '../../src/signing/timestamps.ts';
import type { Database } from '../../src/store/database.ts';
import { appendSignature, listSignatures, verifySignatureLog } from '../../src/store/signatures.ts';
import { temporaryFolder } from '../pipeline/running-service.ts';
import { testOnEachDatabase } from '../store/test-databases.ts';
import { signerProcesses } from './signer-processes.ts';
import { makeKey, type TestKey, writeKey } from './signing-keys.ts';

function entry(subject: string) {
  return {
    submission_id: 2n ** 60n,
    subject,
    purpose: 'image',
    digest_algorithm: 'sha256',
    digest: 'ab'.repeat(32),
    certificate_thumbprint: 'cd'.repeat(32),
    signature: 'AAAA',
  };
}

describe('the log of signatures', () => {
  testOnEachDatabase('chains its entries and notices a change', async (database, _t) => {
    await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((subject) => appendSignature(database, entry(subject), systemClock)),
    );
    assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 5n });
    await database
      .updateTable('signatures')
      .set({ digest: '00'.repeat(32) })
      .where('sequence', '=', 3n)
      .execute();
    assert.deepEqual(await verifySignatureLog(database), {
      ok: false,
      sequence: 3n,
      problem: 'entry 3 was changed after it was written',
    });
  });

  testOnEachDatabase('notices an entry that was removed', async (database, _t) => {
    for (const subject of ['a', 'b', 'c']) await appendSignature(database, entry(subject), systemClock);
    await database.deleteFrom('signatures').where('sequence', '=', 2n).execute();
    assert.deepEqual(await verifySignatureLog(database), { ok: false, sequence: 2n, problem: 'entry 2 is missing' });
  });

  testOnEachDatabase('keeps one signature for a file, however many ask at once', async (database, _t) => {
    const rows = await Promise.all(
      ['x', 'y', 'z'].map((signature) => appendSignature(database, { ...entry('same'), signature }, systemClock)),
    );
    assert.equal(new Set(rows.map((row) => row.signature)).size, 1);
    assert.equal((await listSignatures(database, 2n ** 60n)).length, 1);
  });
});

test('the signer process signs with each of its keys, and a wrong passphrase is told', async (t) => {
  const folder = temporaryFolder(t);
  const keys = [makeKey(), makeKey({ subject: { commonName: 'Another' } })] as const;
  const signerKeys = keys.map((key, index): SignerKey => {
    const name = `key ${index}`;
    const file = writeKey(folder, 'right', key, `${name}.p12`);
    return { name, title: name, location: { kind: 'pkcs12', file, password: 'right' } };
  });
  const [first] = signerKeys;
  assert.ok(first?.location.kind === 'pkcs12');
  const wrong = { ...first, location: { ...first.location, password: 'wrong' } };
  await assert.rejects(openSigner([wrong]), (error) => {
    assert.ok(error instanceof SigningProfileError);
    assert.match(error.message, /^The key of key 0 cannot be opened: .*password/);
    return true;
  });
  const signer = await openSigner(signerKeys);
  t.after(() => signer.close());
  const message = new TextEncoder().encode('message');
  for (const [index, { certificate }] of keys.entries()) {
    const key = signer.key(`key ${index}`);
    assert.equal(key.certificate.thumbprint, certificate.thumbprint);
    const signature = await key.sign(message, 'sha256');
    assert.ok(verify('sha256', message, certificate.publicKey, signature), `${index}`);
  }
  assert.throws(() => signer.key('key 2'), /no key/);
});

test('a signer process that dies is replaced at the next signature', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs /proc to find the process');
  const file = writeKey(temporaryFolder(t), 'p');
  const signer = await openSigner([{ name: 'k', title: 'k', location: { kind: 'pkcs12', file, password: 'p' } }]);
  t.after(() => signer.close());
  const key = signer.key('k');
  const [first] = signerProcesses();
  assert.ok(first);
  const gone = assert.rejects(
    Promise.all(Array.from({ length: 200 }, () => key.sign(Buffer.alloc(1000), 'sha256'))),
    /the signer process ended \(SIGKILL\)/,
  );
  process.kill(first.id, 'SIGKILL');
  await gone;
  const signatures = await Promise.all([key.sign(Buffer.alloc(1), 'sha256'), key.sign(Buffer.alloc(1), 'sha256')]);
  assert.deepEqual(signatures[0], signatures[1]);
  const now = signerProcesses().map(({ id }) => id);
  assert.equal(now.length, 1);
  assert.notEqual(now[0], first.id);
});

interface TestSigning {
  readonly service: SigningService;
  readonly key: TestKey;
}

/** The service on one key, which stamps with `timestamper` if there is one. */
function signingWith(database: Database, timestamper?: Timestamper, key = makeKey()): TestSigning {
  const [profile] = resolveProfiles({}, 'none');
  assert.ok(profile);
  const signer = { profile, key: createLocalKey({ ...key, chain: [] }), ...(timestamper && { timestamper }) };
  return { key, service: createSigningService(database, [signer], systemClock) };
}

const DIGEST = Buffer.alloc(32, 7);
const REQUEST: SigningRequest = {
  profile: 'attestation',
  submissionId: 5n,
  subject: 'echo/echo.sys',
  purpose: 'image',
  content: { contentType: OID.spcIndirectData, content: encodeIndirectData('pe', 'sha256', DIGEST) },
  digest: DIGEST.toString('hex'),
  programName: 'Someone',
};

testOnEachDatabase('a request for the same file gives the logged signature again', async (database) => {
  const { service, key } = signingWith(database);
  const [one, two] = await Promise.all([service.sign(REQUEST), service.sign(REQUEST)]);
  assert.deepEqual(Buffer.from(one.bytes), Buffer.from(two.bytes));
  assert.equal(one.signer, key.certificate.thumbprint);
  assert.equal(parseSignedData(one.bytes).signerInfos.length, 1);
  assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 1n });
  const renewed = signingWith(database).service;
  assert.equal((await renewed.sign(REQUEST)).signer, key.certificate.thumbprint, 'whoever signed it first');
});

function stampAuthority(): { readonly timestamper: Timestamper; readonly authority: TestKey } {
  const authority = makeKey({ ...TIMESTAMP_AUTHORITY_USAGE, subject: { commonName: 'Stamps' } });
  const { timestamperFor } = createTimestamps(createLocalKey({ ...authority, chain: [] }), systemClock);
  const timestamper = timestamperFor({ timestampUrls: 'built-in', digestAlgorithm: 'sha256' });
  assert.ok(timestamper);
  return { authority, timestamper };
}

testOnEachDatabase('a signature is stamped once, after it was logged', async (database) => {
  const { timestamper, authority } = stampAuthority();
  let logged = 0;
  const { service } = signingWith(database, async (message) => {
    logged = (await listSignatures(database, REQUEST.submissionId)).length;
    return await timestamper(message);
  });
  const stamped = await service.sign(REQUEST);
  assert.equal(logged, 1, 'it was in the log before it was stamped');
  const { stamps, signatureValue } = pe.openSignature(stamped.bytes);
  assert.deepEqual(
    stamps.map(({ kind }) => kind),
    ['rfc3161'],
  );
  const verification = verifyTimestampToken(stamps[0]?.bytes ?? new Uint8Array(), {
    message: signatureValue,
    anchors: [authority.certificate],
  });
  assert.deepEqual(verification.problems, []);
  assert.equal(verification.policy, ASSAY_TIMESTAMP_POLICY);
  const again = await service.sign(REQUEST);
  assert.deepEqual(Buffer.from(again.bytes), Buffer.from(stamped.bytes), 'with the stamp that it has');
  assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 1n });
});

testOnEachDatabase(
  'a signature that cannot be stamped is not given, and is the one that is stamped later',
  async (database) => {
    const { timestamper } = stampAuthority();
    const failing = createTimestamper({
      urls: ['http://stamps.example/one', 'http://stamps.example/two'],
      attemptsPerUrl: 1,
      send: (url) => Promise.reject(new Error(`${new URL(url).pathname} is asleep`)),
    });
    await assert.rejects(signingWith(database, failing).service.sign(REQUEST), (error) => {
      assert.ok(error instanceof SigningError);
      assert.equal(error.code, 'timestamp-failed');
      assert.match(error.message, /example\/one: \/one is asleep; http:\/\/stamps.example\/two: \/two is asleep/);
      return true;
    });
    const [row] = await listSignatures(database, REQUEST.submissionId);
    const { bytes } = await signingWith(database, timestamper).service.sign(REQUEST);
    const [signer] = parseSignedData(bytes).signerInfos;
    const [before] = parseSignedData(Buffer.from(row?.signature ?? '', 'base64')).signerInfos;
    assert.deepEqual(Buffer.from(signer?.signature ?? []), Buffer.from(before?.signature ?? []), 'not by the new key');
    assert.equal(pe.openSignature(bytes).stamps.length, 1);
    assert.deepEqual(await verifySignatureLog(database), { ok: true, entries: 1n });
  },
);

testOnEachDatabase('the wait for a stamp ends when the step is stopped', async (database) => {
  const stopping = new AbortController();
  const { service } = signingWith(database, () => {
    stopping.abort(new Error('stopped'));
    return new Promise<Uint8Array>(() => undefined);
  });
  await assert.rejects(service.sign({ ...REQUEST, signal: stopping.signal }), /stopped/);
});

testOnEachDatabase('a certificate that cannot sign code stops the start', async (database) => {
  const past = new Date(Date.now() - 86_400_000);
  const refusals: readonly (readonly [Partial<CertificateRequest>, RegExp])[] = [
    [
      { notBefore: past, notAfter: new Date(past.getTime() + 1000) },
      /"attestation" \(CN=Signer under test\) expired on /,
    ],
    [{ notBefore: new Date(Date.now() + 60_000) }, /is not valid before /],
    [
      { extendedKeyUsages: [OID.timeStamping] },
      /is not for code signing: its extended key usages lack 1\.3\.6\.1\.5\.5\.7\.3\.3\. Give/,
    ],
  ];
  for (const [request, message] of refusals) {
    assert.throws(
      () => signingWith(database, undefined, makeKey(request)),
      (error) => {
        assert.ok(error instanceof SigningProfileError);
        assert.match(error.message, message);
        return true;
      },
    );
  }
});
